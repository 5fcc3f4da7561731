/** Generated from openapi.json by `npm run api`; do not edit. */

export interface paths {
    "/api/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All accounts. */
        get: operations["list_accounts"];
        put?: never;
        /** Makes an account. */
        post: operations["create_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/accounts/{account}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes an account; one that is disabled is signed out everywhere. */
        patch: operations["change_account"];
        trace?: never;
    };
    "/api/accounts/{account}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives an account another password, and signs it out everywhere. */
        post: operations["set_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The events that somebody prepares or directs, oldest first; administrators prepare all. */
        get: operations["list_events"];
        put?: never;
        /** Makes an event. Its doors are open: members may come in; it is on air when it is told to be. */
        post: operations["create_event"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One event, by its slug or id. */
        get: operations["show_event"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/acts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An event's acts. */
        get: operations["list_acts"];
        /**
         * Plans an event's acts anew. Those whose ids it names stay; one that has begun cannot go, nor change
         *     places with another that has.
         */
        put: operations["plan_acts"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/acts/attendance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many came to each act, of all or of a unit and everything below it. */
        get: operations["show_acts_attendance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/acts/{act}/begin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets an act begin now; the one before it ends with that. */
        post: operations["begin_act"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/admission": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Says who may come from now on; whoever is in stays in. */
        put: operations["set_admission"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/attendance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Attendance of all. */
        get: operations["show_attendance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/attendance/{unit}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Attendance of a unit. */
        get: operations["show_unit_attendance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/attendance/{unit}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the members of a unit itself come to. */
        get: operations["list_attendance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/attendance/{unit}/members/{person}/excuse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Says that somebody need not come, or after all needs. */
        put: operations["excuse_member"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/beat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Is still there. */
        post: operations["beat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/book": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the book of an event is final. */
        get: operations["show_book"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/book/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Writes and seals the book of an event that is over; one that is sealed stays as it is. */
        post: operations["close_book"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/book/corrections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Corrects what a sealed book says of somebody. */
        post: operations["correct_book"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/calendar.ics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One event as a file for calendars. */
        get: operations["show_calendar"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/cards/{unit}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Links of the invited members of a unit, for printing. */
        get: operations["list_cards"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends the event for good: the broadcast stops, the replay becomes final. */
        post: operations["close_event"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/curve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many were there over time, of all. */
        get: operations["show_curve"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/curve/{unit}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many of a unit and everything below it were there over time. */
        get: operations["show_unit_curve"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/guests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The guests of an event. */
        get: operations["list_guests"];
        put?: never;
        /** Invites a guest. */
        post: operations["invite_guest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/guests/{guest}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Withdraws a guest's link: nobody comes in with it any more, and whoever is in is shut out. */
        delete: operations["withdraw_guest"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/halls/{unit}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The halls of a unit and of everything below it. */
        get: operations["list_halls"];
        put?: never;
        /** Makes a hall for a unit. */
        post: operations["make_hall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/halls/{unit}/{hall}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Closes a hall: its link opens nothing any more; what was counted stays. */
        delete: operations["close_hall"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/invitations/{unit}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Personal links of the members of a unit itself. */
        get: operations["list_invitations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Comes in with a personal link. Who comes before their turn gets a ticket, and comes again with it. */
        post: operations["join_event"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The links of an event. */
        get: operations["show_links"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/mine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is recorded about whoever asks. */
        get: operations["show_own_record"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/missing/{unit}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who of a unit and everything below it is missing. */
        get: operations["list_missing"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Puts an event on air whose doors are open. */
        post: operations["open_event"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/report/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Downloads the report of an event: `units.csv`, `units.xlsx`, `members.csv`, `members.xlsx`, and, when it
         *     is sealed, its book as `book.txt`.
         */
        get: operations["download_report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/seats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The seats of an event, in the order of making. */
        get: operations["list_seats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/seats/{seat}/member": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Says which member sits on a seat: while its page is open on the stage, they are there. */
        put: operations["seat_member"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The show as it is now, with its revision as ETag. */
        get: operations["get_show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/show/direction": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says who directs. */
        post: operations["set_direction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/show/lower-third": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Puts a lower third on the programme, or takes it off. */
        post: operations["set_lower_third"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/show/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replaces the preview. */
        post: operations["set_preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/show/slate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Puts the emergency slate on or lifts it. */
        post: operations["set_slate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/show/take": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Puts the preview on air; `If-Match` names the show that the director saw. */
        post: operations["take"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/show/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes the last preview change back. */
        post: operations["undo_preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/sources/{source}/sound": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mutes a source in the programme or lets it be heard. */
        post: operations["set_sound"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/stay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Is still there, and waits for half a minute to be shut out; the answer tells whether that happened. */
        post: operations["stay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event}/studio/socket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A director's socket. */
        get: operations["studio_socket"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/halls/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A hall, for its own page, which may show the programme from then on. While it asks, those who were
         *     ticked off are there.
         */
        get: operations["show_hall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/halls/{token}/arrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A member's phone that read the hall's code: they are ticked off there. */
        post: operations["arrive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/halls/{token}/heads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Says how many there are. */
        put: operations["count_heads"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/halls/{token}/members/{person}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Ticks a member off as there, or takes it back. */
        put: operations["tick_member"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/layouts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the layouts. */
        get: operations["list_layouts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who one is. */
        get: operations["show_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/oidc/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Takes somebody in who has signed in elsewhere. */
        get: operations["come_back"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/oidc/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Leads to where one signs in elsewhere. */
        get: operations["leave"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/org/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hands in a table as CSV or XLSX, and begins to read it. */
        post: operations["begin_import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/org/imports/{import}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where an import stands. */
        get: operations["show_import"];
        put?: never;
        post?: never;
        /** Gives an import up. */
        delete: operations["give_up_import"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/org/imports/{import}/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Carries an import out: all of it or nothing. */
        post: operations["apply_import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/org/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a person. */
        post: operations["create_person"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/org/people.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everybody who belongs to the organisation as CSV. */
        get: operations["people_csv"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/org/people.xlsx": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everybody who belongs to the organisation as a workbook. */
        get: operations["people_xlsx"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/org/people/{person}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One person. */
        get: operations["show_person"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes a person. */
        patch: operations["change_person"];
        trace?: never;
    };
    "/api/org/people/{person}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes all personal links of somebody be over, on open pages too. */
        post: operations["revoke_links"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/org/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How long what is personal of an event is kept. */
        get: operations["show_retention"];
        /** Sets how long what is personal of an event is kept. What is older goes within the hour. */
        put: operations["set_retention"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/org/units": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The units at the top, or a search through all. */
        get: operations["list_units"];
        put?: never;
        /** Makes a unit. */
        post: operations["create_unit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/org/units.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All open units as CSV. */
        get: operations["units_csv"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/org/units.xlsx": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All open units as a workbook. */
        get: operations["units_xlsx"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/org/units/{unit}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One unit, what is above it and what is directly below. */
        get: operations["show_unit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes a unit. */
        patch: operations["change_unit"];
        trace?: never;
    };
    "/api/org/units/{unit}/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** People of a unit, by code. */
        get: operations["list_people"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Opens the studio for the holder of a director's link. */
        post: operations["open_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes the first administrator, for the holder of the one-time link, and signs them in. */
        post: operations["set_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs in with name and password. */
        post: operations["sign_in"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sign-in/ways": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The ways to sign in besides name and password. */
        get: operations["show_ways"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs out; without a session there is nothing to do. */
        post: operations["sign_out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/stage/{token}/socket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A speaker's socket. */
        get: operations["stage_socket"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An account, as its holder and administrators see it. */
        Account: {
            /** @description Its id. */
            id: string;
            /** @description What one signs in with. */
            login: string;
            /** @description How its holder is called. */
            name: string;
            /** @description Code of who they are in the organisation. */
            person: string | null;
            /** @description What they may do. */
            roles: components["schemas"]["AccountRole"][];
            /** @description Whether it lets anybody in. */
            state: components["schemas"]["AccountState"];
        };
        /** @description What changes about an account; what is left out stays. */
        AccountChange: {
            /** @description What its holder signs in with. */
            login?: string | null;
            /** @description How they are called. */
            name?: string | null;
            /** @description Code of who they are in the organisation; an empty one is nobody. */
            person?: string | null;
            /** @description What they may do. */
            roles?: components["schemas"]["AccountRole"][] | null;
            state?: components["schemas"]["AccountState"] | null;
        };
        /** @description What an account may do beyond being signed in. */
        AccountRole: {
            /** @enum {string} */
            role: "administrator";
        } | {
            /** @description Which one. */
            event: string;
            /** @enum {string} */
            role: "organiser";
        } | {
            /** @description Which one. */
            event: string;
            /** @enum {string} */
            role: "director";
        } | {
            /** @description Which one. */
            event: string;
            /** @enum {string} */
            role: "moderator";
        };
        /**
         * @description Whether an account lets anybody in.
         * @enum {string}
         */
        AccountState: "active" | "disabled";
        /** @description One part of an event: a speech, a film, an interval. */
        Act: {
            /**
             * Format: int64
             * @description When it began, on the wall clock; not yet, if null.
             */
            began_ms: number | null;
            /** @description Names it. */
            id: string;
            /**
             * Format: int32
             * @description Its planned length.
             */
            minutes: number;
            /** @description What it is called. */
            title: string;
        };
        /** @description How many came to an act. */
        ActAttendance: {
            /**
             * Format: int64
             * @description When it began.
             */
            began_ms: number;
            /**
             * Format: int32
             * @description How many were there at some time during it.
             */
            came: number;
            /** @description Which act. */
            id: string;
            /** @description What it is called. */
            title: string;
            /**
             * Format: int64
             * @description When the one after it began, or the event ended; it goes on, if null.
             */
            until_ms: number | null;
        };
        /** @description An act as it is planned. */
        ActDraft: {
            /** @description Which one it is; a further one without. */
            id?: string | null;
            /**
             * Format: int32
             * @description Its planned length.
             */
            minutes: number;
            /** @description What it is called. */
            title: string;
        };
        /** @description An event's acts. */
        Acts: {
            /** @description All, in the order in which they are planned. */
            acts: components["schemas"]["Act"][];
            /** @description The one that goes on; none before the first and after the event. */
            now: string | null;
        };
        /** @description How many came to the acts that have begun, in the order in which they did. */
        ActsAttendance: {
            /** @description Each act. */
            acts: components["schemas"]["ActAttendance"][];
        };
        /** @description All acts as they are planned. */
        ActsRequest: {
            /** @description In order; those that are left out go. */
            acts: components["schemas"]["ActDraft"][];
        };
        /** @description Who may come to an event; guests with a link may always. */
        Admission: {
            /** @enum {string} */
            who: "everybody";
        } | {
            /** @enum {string} */
            who: "members";
        } | {
            /** @description Codes of the people. */
            people: string[];
            /** @description The units. */
            units: components["schemas"]["AdmittedUnit"][];
            /** @enum {string} */
            who: "chosen";
        };
        /** @description A unit whose members may come, with everything below it. */
        AdmittedUnit: {
            /**
             * Format: int32
             * @description Most of them that may come; nothing is all.
             */
            places?: number | null;
            /** @description Its code. */
            unit: string;
        };
        /** @description What was done. */
        Applied: {
            /** @description Units or people that were written; none when everything was known. */
            written: number;
        };
        /** @description How to carry it out. */
        ApplyRequest: {
            /** @description What happens to those whom the table does not have. */
            missing: components["schemas"]["MissingChoice"];
        };
        /** @description How many were there over time. */
        AttendanceCurve: {
            /**
             * Format: int64
             * @description Wall clock of the first point.
             */
            from_ms: number;
            /** @description How many were there at each point. */
            here: number[];
            /**
             * Format: int64
             * @description From one point to the next.
             */
            step_ms: number;
        };
        /** @description Attendance of a unit and of those directly below it; at the top, of all. */
        AttendancePage: {
            /** @description The units above, from the top down. */
            above: components["schemas"]["UnitAbove"][];
            /** @description Those directly below it, in order. */
            below: components["schemas"]["UnitAttendance"][];
            /** @description The event. */
            event: components["schemas"]["AttendedEvent"];
            /**
             * Format: int64
             * @description Counts up with every change.
             */
            revision: number;
            unit: components["schemas"]["UnitAttendance"] | null;
        };
        /** @description The event that attendance is of. */
        AttendedEvent: {
            /** @description Where it stands. */
            phase: components["schemas"]["Phase"];
            /**
             * Format: int64
             * @description When it is planned to begin.
             */
            starts_ms: number | null;
            /** @description Its title. */
            title: string;
        };
        /** @description A cell that cannot be used. */
        BadCell: {
            /** @description Stable name of what is wrong. */
            code: string;
            /** @description Its column. */
            column: components["schemas"]["Column"];
            /**
             * Format: int32
             * @description Number of its row as spreadsheets count.
             */
            row: number;
            /** @description What is in it, cut to a readable length. */
            value: string;
            /** @description What to do. */
            what_to_do: string;
        };
        /** @description Whether the book of an event is final. */
        BookBody: {
            /** @description Whether it can be closed: its event is over. */
            closable: boolean;
            /** @enum {string} */
            state: "open";
        } | {
            /**
             * Format: int64
             * @description When the programme began.
             */
            began_ms: number | null;
            /** @description By whom. */
            by: string;
            /**
             * Format: int64
             * @description How often it was corrected.
             */
            corrections: number;
            /**
             * Format: int64
             * @description When the event was closed.
             */
            ended_ms: number;
            /**
             * Format: int64
             * @description How many entries it has.
             */
            entries: number;
            /**
             * Format: int64
             * @description When what is personal in it went; not yet, if null.
             */
            forgotten_ms: number | null;
            /** @description The hash of its last entry. */
            hash: string;
            /**
             * Format: int64
             * @description When it was sealed last.
             */
            sealed_ms: number;
            /** @enum {string} */
            state: "sealed";
        };
        /** @description How a person is shown on the stage, in the studio and in the lower third. */
        Card: {
            /** @description Name in any script, at most [`crate::limits::NAME_CHARS_MAX`] characters. */
            name: string;
            /** @description What the person is there, for example `县支公司经理`; may be empty. */
            title: string;
            /** @description Unit as people say it, for example `四川 · 成都`. */
            unit: string;
        };
        /** @description A unit whose members may come. */
        ChosenUnit: {
            /** @description Names of the units above it, the top first. */
            above: string[];
            /** @description Its code. */
            code: string;
            /** @description Its name. */
            name: string;
        };
        /**
         * @description Why a connection ends.
         * @enum {string}
         */
        Closed: "elsewhere" | "ended" | "restart";
        /**
         * @description A column that means something.
         * @enum {string}
         */
        Column: "unit_code" | "person_code" | "name" | "parent" | "kind" | "order" | "unit" | "email" | "phone" | "roles";
        /** @description What somebody came to after all. */
        CorrectionRequest: {
            /** @description Who. */
            person: string;
            /** @description Why. */
            reason: string;
            /** @description What they came to. */
            status: components["schemas"]["Status"];
        };
        /** @description How many members of a unit and everything below it. */
        Counts: {
            /**
             * Format: int32
             * @description Were there, now or before, expected or not.
             */
            came: number;
            /**
             * Format: int32
             * @description Need not come, and did not.
             */
            excused: number;
            /**
             * Format: int32
             * @description Are expected.
             */
            expected: number;
            /**
             * Format: int32
             * @description Were counted in halls without a name.
             */
            heads?: number;
            /**
             * Format: int32
             * @description Are there now.
             */
            here: number;
            /**
             * Format: int32
             * @description Came late and are there; after the event, came late and stayed.
             */
            late: number;
            /**
             * Format: int32
             * @description Came and are gone; after the event, went too early.
             */
            left: number;
            /**
             * Format: int32
             * @description Are expected, are not excused, and have not come, nor watched the replay.
             */
            missing: number;
            /**
             * Format: int32
             * @description Never came, and have watched the replay.
             */
            watched_replay: number;
        };
        /**
         * @description Who directs the show.
         * @enum {string}
         */
        Direction: "manual" | "automatic";
        /** @description Who directs. */
        DirectionRequest: {
            /** @description The new mode. */
            mode: components["schemas"]["Direction"];
        };
        /**
         * @description How the encoder does.
         * @enum {string}
         */
        Encoder: "ok" | "late" | "restarting";
        /** @description An event as its audience sees it. */
        Event: {
            /** @description Its id. */
            id: string;
            /** @description Whether a member or a guest asks who has come in: their page says now and then that they are there. */
            member: boolean;
            /** @description Where it stands. */
            phase: components["schemas"]["Phase"];
            /** @description Address of the broadcast. */
            playlist: string;
            /** @description Address of the replay, from the start. */
            replay: string;
            /**
             * Format: int64
             * @description The server's wall clock, for the display of latency.
             */
            server_time_ms: number;
            /** @description Its name in addresses. */
            slug: string;
            /**
             * Format: int64
             * @description Programme time of the first picture; null before it.
             */
            started_ms: number | null;
            /**
             * Format: int64
             * @description When it is planned to begin.
             */
            starts_ms: number | null;
            /** @description Its title. */
            title: string;
        };
        /** @description The links of an event, each a path on this server. */
        EventPaths: {
            /** @description For everybody who watches. */
            audience: string;
            /** @description The multivariant playlist. */
            hls: string;
            /** @description One for each seat. */
            stage: components["schemas"]["SeatLink"][];
            /** @description For the director. */
            studio: string;
            /** @description The programme at low delay for a player (WHEP). */
            whep: string;
        };
        /** @description Why somebody need not come, or that after all they need. */
        ExcuseRequest: {
            /** @description Whether they need not. */
            excused: boolean;
            /** @description Why. */
            reason?: string;
        };
        /** @description A unit with the names of those above it. */
        FoundUnit: {
            /** @description Names of the units above it, the top first. */
            above: string[];
            /** @description The unit. */
            unit: components["schemas"]["Unit"];
        };
        /** @description Page → server. */
        FromPage: {
            /** @description Starts over with a new peer connection. */
            fresh?: boolean;
            /** @description SDP of type offer. */
            sdp: string;
            /** @description One entry per media line. */
            tracks: components["schemas"]["OfferedTrack"][];
            /** @enum {string} */
            type: "offer";
        } | {
            /** @description Pictures, the most important first. */
            pictures: components["schemas"]["WantedPicture"][];
            /** @description The programme too. */
            programme?: boolean;
            /** @enum {string} */
            type: "wants";
        } | {
            /** @description Camera off. */
            camera: boolean;
            /** @description Microphone off. */
            microphone: boolean;
            /** @enum {string} */
            type: "muted";
        } | {
            /** @description Raised. */
            raised: boolean;
            /** @enum {string} */
            type: "hand";
        } | {
            /** @enum {string} */
            type: "leave";
        };
        /** @description A guest as those who prepare the event see them. */
        Guest: {
            /**
             * Format: int64
             * @description Until when their link holds.
             */
            expires_ms: number;
            /** @description Their id. */
            id: string;
            /** @description The path of their link on this server; none when it was withdrawn. */
            link: string | null;
            /** @description How they are called. */
            name: string;
        };
        /** @description Whom to invite. */
        GuestRequest: {
            /**
             * Format: int64
             * @description Until when their link holds.
             */
            expires_ms: number;
            /** @description How they are called. */
            name: string;
        };
        /** @description The guests of an event. */
        Guests: {
            /** @description All of them, in the order in which they were invited. */
            guests: components["schemas"]["Guest"][];
            /** @description How many of them are there. */
            here: number;
        };
        /** @description A hall as its own page shows it. */
        Hall: {
            /** @description What is watched. */
            event: components["schemas"]["HallEvent"];
            /**
             * Format: int32
             * @description How many were counted last; null: nobody has counted yet.
             */
            heads: number | null;
            /**
             * Format: int64
             * @description When.
             */
            heads_ms: number | null;
            /** @description The members of the unit and of those below it, as far as a list goes. */
            members: components["schemas"]["HallMember"][];
            /** @description What it is called. */
            name: string;
            /** @description What members' phones read, to be counted here. */
            qr: components["schemas"]["QrCode"];
            /** @description Names of the unit and of those above it, save the top. */
            unit: string;
        };
        /** @description The event that is watched in a hall. */
        HallEvent: {
            /** @description Its name in addresses. */
            slug: string;
            /** @description Its title. */
            title: string;
        };
        /** @description A hall as those who made it see it. */
        HallLink: {
            /**
             * Format: int32
             * @description How many were counted last.
             */
            heads: number | null;
            /** @description Its id. */
            id: string;
            /** @description The path of its page on this server. */
            link: string;
            /** @description What it is called. */
            name: string;
            /** @description Whether the link still opens it. */
            open: boolean;
            /**
             * Format: int32
             * @description How many were ticked off.
             */
            ticked: number;
            /** @description Code of the unit whose members watch there. */
            unit: string;
        };
        /** @description A member on a hall's list. */
        HallMember: {
            /** @description Their code. */
            code: string;
            /** @description Whether they are there, by whatever page. */
            here: boolean;
            /** @description Whether they were ticked off in this hall. */
            in_hall: boolean;
            /** @description Their name. */
            name: string;
        };
        /** @description How many there are. */
        HeadsRequest: {
            /**
             * Format: int32
             * @description All of them, those that were ticked off too.
             */
            count: number;
        };
        /** @description How the event does. */
        Health: {
            /**
             * Format: float
             * @description CPU of the media engine, in percent of one core.
             */
            cpu_percent: number;
            /** @description The encoder. */
            encoder: components["schemas"]["Encoder"];
            /** @description What the director should know, newest last. */
            notices: string[];
            /**
             * Format: int64
             * @description How long the event has been on air.
             */
            on_air_ms: number;
            /** @description The recording. */
            recording: components["schemas"]["Recording"];
            /**
             * Format: int64
             * @description Players that follow the broadcast, estimated from their playlist requests.
             */
            viewers: number;
        };
        /** @description One STUN or TURN server, as in RTCIceServer. */
        IceServer: {
            /** @description Of a TURN server: the password of that name. */
            credential?: string;
            /** @description Its addresses. */
            urls: string[];
            /** @description Of a TURN server: whom it lets in, and until when. */
            username?: string;
        };
        /** @description A table that was handed in. */
        Import: {
            /** @description Its id. */
            id: string;
            /** @description Where it stands. */
            progress: components["schemas"]["ImportProgress"];
            /** @description What the table is about. */
            table: components["schemas"]["TableSubject"];
        };
        /** @description How many there are of each kind; one that is renamed and moved counts in both. */
        ImportCounts: {
            /** @description Otherwise different. */
            changed: number;
            /** @description Not in the table. */
            missing: number;
            /** @description Under or in another unit. */
            moved: number;
            /** @description Not known before. */
            new: number;
            /** @description With another name. */
            renamed: number;
            /** @description Closed or left before. */
            reopened: number;
            /** @description As they were. */
            unchanged: number;
        };
        /** @description All cells that cannot be used. */
        ImportFaults: {
            /** @description How many there are. */
            count: number;
            /** @description The first of them. */
            listed: components["schemas"]["BadCell"][];
        };
        /**
         * @description What would happen to a unit or a person.
         * @enum {string}
         */
        ImportKind: "new" | "renamed" | "moved" | "changed" | "reopened" | "missing";
        /** @description What a table would change. */
        ImportPreview: {
            /** @description How many of each kind. */
            counts: components["schemas"]["ImportCounts"];
            /** @description What cannot be used; the table can be applied only when there is nothing. */
            faults: components["schemas"]["ImportFaults"];
            /**
             * Format: int64
             * @description The organisation that it was compared with: it holds as long as this is the same.
             */
            revision: number;
            /** @description Rows of the table, without the first. */
            rows: number;
            /** @description The first of each kind. */
            shown: components["schemas"]["ImportShown"][];
            /** @description What the table is about. */
            subject: components["schemas"]["TableSubject"];
        };
        /** @description Where an import stands. */
        ImportProgress: {
            /**
             * Format: int32
             * @description Rows so far.
             */
            rows: number;
            /** @enum {string} */
            state: "reading";
        } | {
            /** @description What it would change. */
            preview: components["schemas"]["ImportPreview"];
            /** @enum {string} */
            state: "ready";
        } | {
            /** @enum {string} */
            state: "applying";
        } | {
            /** @description Stable name of the reason. */
            code: string;
            /** @description A sentence that says what to do. */
            detail: string;
            /** @enum {string} */
            state: "refused";
        } | {
            /** @enum {string} */
            state: "applied";
            /** @description Units or people that were written. */
            written: number;
        };
        /** @description One change, for showing. */
        ImportShown: {
            after: components["schemas"]["ImportSide"] | null;
            before: components["schemas"]["ImportSide"] | null;
            /** @description To whom. */
            code: string;
            /** @description What happens. */
            kind: components["schemas"]["ImportKind"];
        };
        /** @description A unit or a person before or after. */
        ImportSide: {
            /** @description Its name. */
            name: string;
            /** @description Code of the unit that it stands under or belongs to; nothing at the top. */
            unit: string | null;
            /** @description Name of that unit. */
            unit_name: string | null;
        };
        /** @description A member's personal link. */
        Invitation: {
            /** @description Their code. */
            code: string;
            /** @description The path of their link on this server. */
            link: string;
            /** @description Their name. */
            name: string;
        };
        /** @description Somebody who wants to come in. */
        JoinRequest: {
            /** @description The pass in their personal link. */
            pass: string;
            /** @description The ticket that they were given when they came before their turn. */
            ticket?: string | null;
        };
        /** @description A member who is in. */
        Joined: {
            /** @description Their name. */
            name: string;
            /** @description Names of their unit and of those above it, the top first. */
            units: string[];
        };
        /**
         * @description How the places of a scene are arranged.
         * @enum {string}
         */
        Layout: "full" | "two" | "four" | "nine" | "picture_in_picture" | "speaker_slides";
        /** @description One layout with the rectangles of its places on a 1280 × 720 canvas, back to front. */
        LayoutTiles: {
            /** @description Which layout. */
            layout: components["schemas"]["Layout"];
            /** @description One rectangle per place. */
            tiles: components["schemas"]["Tile"][];
        };
        /** @description One person's link. */
        LinkCard: {
            /** @description Whose. */
            code: string;
            /** @description The whole link. */
            link: string;
            /** @description Their name. */
            name: string;
            /** @description It as a code that telephones read. */
            qr: components["schemas"]["QrCode"];
            /** @description Names of their unit and of those above it, the top first. */
            units: string[];
        };
        /** @description Some links for printing. */
        LinkCards: {
            /** @description By unit in the order of the tree, then by code. */
            cards: components["schemas"]["LinkCard"][];
            /** @description Title of the event. */
            event: string;
            /**
             * Format: int32
             * @description How many members there are, invited or not.
             */
            members: number;
            next: components["schemas"]["NextCard"] | null;
            /** @description Name of the unit. */
            unit: string;
        };
        /** @description A lower third: name large, unit and title small. */
        LowerThird: {
            /** @description Second line: unit, or unit and title. */
            detail: string;
            /** @description First line. */
            name: string;
        };
        /** @description A lower third, or none. */
        LowerThirdRequest: {
            lower_third: components["schemas"]["LowerThird"] | null;
        };
        /** @description What arrives on one receive slot. */
        MappedSlot: {
            /** @description The slot's `a=mid`. */
            mid: string;
            /** @description The source, or nothing. */
            source: string | null;
        };
        /** @description Who one is. */
        Me: {
            /** @description The account. */
            account: components["schemas"]["Account"];
            /** @description Codes of the units that they answer for. */
            steward_of: string[];
        };
        /** @description What a member comes to. */
        MemberStatus: {
            /** @description Their code. */
            code: string;
            /** @description Their name. */
            name: string;
            /** @description What they come to. */
            status: components["schemas"]["Status"];
        };
        /**
         * @description What happens to those whom the table does not have.
         * @enum {string}
         */
        MissingChoice: "keep" | "close";
        /** @description Who is missing. */
        MissingPage: {
            /** @description The first of them. */
            people: components["schemas"]["MissingPerson"][];
            /** @description How many they are. */
            total: number;
        };
        /** @description Somebody who is missing. */
        MissingPerson: {
            /** @description Their code. */
            code: string;
            /** @description Their e-mail address. */
            email: string | null;
            /** @description Their name. */
            name: string;
            /** @description Their telephone number. */
            phone: string | null;
            /** @description Code of their unit. */
            unit: string;
            /** @description Its name. */
            unit_name: string;
        };
        /** @description A new account. */
        NewAccountRequest: {
            /** @description What its holder signs in with. */
            login: string;
            /** @description How they are called. */
            name: string;
            /** @description Their first password. */
            password: string;
            /** @description Code of who they are in the organisation, if they are. */
            person?: string | null;
            /** @description What they may do. */
            roles?: components["schemas"]["AccountRole"][];
        };
        /** @description What an event is made from. */
        NewEventRequest: {
            /** @description Who may come; without it everybody with the address. */
            admission?: components["schemas"]["Admission"];
            /** @description Its name in addresses: small letters, digits and hyphens. */
            slug: string;
            /** @description Who gets a seat on its stage. */
            speakers?: components["schemas"]["Card"][];
            /**
             * Format: int64
             * @description When it is planned to begin.
             */
            starts_ms?: number | null;
            /** @description Its title for people. */
            title: string;
        };
        /** @description What a hall is made from. */
        NewHallRequest: {
            /** @description What it is called. */
            name: string;
        };
        /** @description A new person. */
        NewPersonRequest: {
            /** @description Their code, which never changes. */
            code: string;
            /** @description E-mail address. */
            email?: string;
            /** @description Their name. */
            name: string;
            /** @description Telephone number. */
            phone?: string;
            /** @description `administrator`, `steward`, or `steward:CODE` of another unit. */
            roles?: string[];
            /** @description Code of the unit that they belong to. */
            unit: string;
        };
        /** @description A new unit. */
        NewUnitRequest: {
            /** @description Its code, which never changes. */
            code: string;
            /** @description What it is to the organisation. */
            kind?: string;
            /** @description Its name. */
            name: string;
            /**
             * Format: int32
             * @description Its place among its siblings.
             */
            order?: number;
            /** @description Code of the unit that it stands under; without it the top. */
            parent?: string | null;
        };
        /** @description Where further links begin. */
        NextCard: {
            /** @description Behind this person. */
            person: string;
            /** @description In this unit. */
            unit: string;
        };
        /** @description One media line of an offer. */
        OfferedTrack: {
            /** @description What it is for. */
            kind: components["schemas"]["TrackKind"];
            /** @description The `a=mid` of the line. */
            mid: string;
        };
        /** @description One person. */
        OrganisationPerson: {
            /** @description Their code. */
            code: string;
            /** @description E-mail address. */
            email: string | null;
            /** @description Their name. */
            name: string;
            /** @description Telephone number. */
            phone: string | null;
            /** @description `administrator`, or `steward:CODE` of a unit. */
            roles: string[];
            /** @description Whether they belong to the organisation. */
            standing: components["schemas"]["Standing"];
            /** @description Code of the unit that they belong to. */
            unit: string;
        };
        /** @description An event as those who prepare it see it. */
        OrganisedEvent: {
            /** @description Who may come. */
            admission: components["schemas"]["Admission"];
            /** @description The chosen units that are there, as people know them. */
            chosen: components["schemas"]["ChosenUnit"][];
            /**
             * Format: int64
             * @description When it was made.
             */
            created_ms: number;
            /** @description Its id. */
            id: string;
            /** @description Where it stands. */
            phase: components["schemas"]["Phase"];
            /** @description Its name in addresses. */
            slug: string;
            /**
             * Format: int64
             * @description When it is planned to begin.
             */
            starts_ms: number | null;
            /** @description Its title. */
            title: string;
        };
        /** @description What is recorded about a member at an event. */
        OwnRecord: {
            /** @description Their code. */
            code: string;
            /**
             * Format: int64
             * @description When it is deleted, if the event is over.
             */
            deleted_ms: number | null;
            /** @description Why they need not come, and who says so. */
            excuse: string | null;
            /**
             * Format: int32
             * @description After how many days following the end it is deleted; null is never.
             */
            kept_days: number | null;
            /** @description Their name. */
            name: string;
            /** @description When they were there. */
            present: components["schemas"]["PresenceSpan"][];
            /** @description Whether the record is final. */
            sealed: boolean;
            status: components["schemas"]["Status"] | null;
        };
        /** @description Another password. */
        PasswordRequest: {
            /** @description The new one. */
            password: string;
        };
        /** @description Some people of a unit. */
        People: {
            /** @description Code after which there are more; null at the end. */
            next: string | null;
            /** @description By code. */
            people: components["schemas"]["OrganisationPerson"][];
        };
        /** @description One person as pages see them: `Person` of docs/protocol.md. */
        Person: {
            /** @description Camera on. */
            camera: boolean;
            /** @description Name, unit and title. */
            card: components["schemas"]["Card"];
            /** @description Whether media arrives from them. */
            connected: boolean;
            /** @description Hand raised. */
            hand: boolean;
            /** @description Microphone on. */
            microphone: boolean;
            /** @description Shares a screen. */
            screen: boolean;
            /** @description Their place on the stage. */
            seat: string;
            /** @description Tally light. */
            tally: components["schemas"]["Tally"];
        };
        /** @description What changes about a person; what is left out stays, an empty text is nothing. */
        PersonChangeRequest: {
            /** @description E-mail address. */
            email?: string | null;
            /** @description Their name. */
            name?: string | null;
            /** @description Telephone number. */
            phone?: string | null;
            /** @description Their roles. */
            roles?: string[] | null;
            standing?: components["schemas"]["Standing"] | null;
            /** @description Code of the unit that they belong to. */
            unit?: string | null;
        };
        /**
         * @description Where an event stands.
         * @enum {string}
         */
        Phase: "doors" | "on_air" | "closed";
        /**
         * @description What the compositor sees of a source.
         * @enum {string}
         */
        Picture: "live" | "held" | "card" | "none";
        /** @description A time in which somebody was there. */
        PresenceSpan: {
            /**
             * Format: int64
             * @description Since when, on the wall clock.
             */
            from_ms: number;
            /**
             * Format: int64
             * @description Until when.
             */
            until_ms: number;
        };
        /** @description A new preview. */
        PreviewRequest: {
            /** @description What the preview shows from now on. */
            scene: components["schemas"]["Scene"];
        };
        /** @description What a person or program is told when a request was not done. */
        Problem: {
            /** @description Stable name of the reason. */
            code: string;
            /** @description A sentence for the person. */
            detail: string;
            /** @description What the sentence names, for pages that say it in another language. */
            names?: {
                [key: string]: string;
            } | null;
            /**
             * Format: int32
             * @description HTTP status.
             */
            status: number;
        };
        /** @description What goes out: a scene, or the emergency slate over everything (sound muted). */
        Programme: {
            /** @enum {string} */
            kind: "scene";
            /** @description What it shows. */
            scene: components["schemas"]["Scene"];
        } | {
            /** @description The scene to return to. */
            behind: components["schemas"]["Scene"];
            /** @enum {string} */
            kind: "slate";
        };
        /** @description A code that telephones read. */
        QrCode: {
            /** @description Its dark squares, as the `d` of an SVG path with a unit for each. */
            path: string;
            /** @description How many squares it has on each side, without the white round it. */
            size: number;
        };
        /**
         * @description How the recording does.
         * @enum {string}
         */
        Recording: "ok" | "failed";
        /** @description How long what is personal of an event is kept. */
        Retention: {
            /**
             * Format: int32
             * @description For so many days after its end; null is for ever.
             */
            days: number | null;
        };
        /**
         * @description What somebody may do on one event.
         * @enum {string}
         */
        Role: "director" | "speaker";
        /** @description A picture that the programme can show. */
        Scene: {
            /** @description How the places are arranged. */
            layout: components["schemas"]["Layout"];
            lower_third: components["schemas"]["LowerThird"] | null;
            /** @description One entry per place of the layout; `None` is an empty place. */
            places: (string | null)[];
        };
        /** @description A seat and who sits there. */
        Seat: {
            /** @description How it is shown. */
            card: components["schemas"]["Card"];
            member: components["schemas"]["SeatedMember"] | null;
            /** @description Its id. */
            seat: string;
        };
        /** @description One stage link. */
        SeatLink: {
            /** @description Whose. */
            name: string;
            /** @description The seat that it opens. */
            seat: string;
            /** @description The path for a browser. */
            stage: string;
            /** @description The path for an encoder that sends in its place (WHIP). */
            whip: string;
        };
        /** @description The member on a seat. */
        SeatedMember: {
            /** @description Their code. */
            code: string;
            /** @description Their name in the organisation; empty when they are not in it any more. */
            name: string;
        };
        /** @description Who sits there. */
        SeatedRequest: {
            /** @description The member's code; null when it is nobody of the organisation. */
            person: string | null;
        };
        /** @description What the session is for. */
        Session: {
            /** @description The event. */
            event: string;
            /** @description What the person may do there. */
            role: components["schemas"]["Role"];
        };
        /** @description A request for a session. */
        SessionRequest: {
            /** @description The token of a director's link. */
            token: string;
        };
        /** @description Who is to be the first administrator. */
        SetupRequest: {
            /** @description What they will sign in with. */
            login: string;
            /** @description How they are called. */
            name: string;
            /** @description Their password. */
            password: string;
            /** @description The token of the one-time link. */
            token: string;
        };
        /** @description A picture of the show at one moment. */
        Show: {
            /** @description The act that goes on. */
            act: string | null;
            /** @description The event's acts, in the order in which they are planned. */
            acts: components["schemas"]["Act"][];
            /** @description Whether a preview change can be taken back. */
            can_undo: boolean;
            /** @description Who directs. */
            direction: components["schemas"]["Direction"];
            /** @description Sources that are silent in the programme, in their order of id. */
            muted: string[];
            /** @description What a take would put on air. */
            preview: components["schemas"]["Scene"];
            /** @description What goes out. */
            programme: components["schemas"]["Programme"];
            /**
             * Format: int64
             * @description Goes up with every change of preview or programme; a take names the one it was meant for.
             */
            revision: number;
            /** @description How the programme came to its present scene. */
            transition: components["schemas"]["Transition"];
        };
        /** @description Name and password. */
        SignInRequest: {
            /** @description What they sign in with. */
            login: string;
            /** @description Their password. */
            password: string;
        };
        /** @description The ways to sign in besides name and password. */
        SignInWays: {
            /** @description How people call the page where they sign in; none when there is none. */
            elsewhere: string | null;
        };
        /** @description The slate. */
        SlateRequest: {
            /** @description Whether it hides the programme. */
            on: boolean;
        };
        /** @description A source's sound. */
        SoundRequest: {
            /** @description Whether it is silent in the programme. */
            muted: boolean;
        };
        /** @description One source as the studio shows it. */
        Source: {
            /** @description Whose it is. */
            card: components["schemas"]["Card"];
            /** @description Whether media arrives. */
            connected: boolean;
            /**
             * Format: int32
             * @description Height of its newest picture, 0 before the first.
             */
            height: number;
            /** @description Which. */
            id: string;
            /** @description What it is. */
            kind: components["schemas"]["SourceKind"];
            /**
             * Format: float
             * @description Loudness in dB full scale.
             */
            level_db: number;
            /**
             * Format: float
             * @description Packets lost on the way to the server, in percent.
             */
            loss_percent: number;
            /** @description Silent in the programme. */
            muted: boolean;
            /** @description What the compositor sees of it. */
            picture: components["schemas"]["Picture"];
            /** @description Tally light. */
            tally: components["schemas"]["Tally"];
            /**
             * Format: int32
             * @description Width of its newest picture, 0 before the first.
             */
            width: number;
        };
        /**
         * @description What a source is.
         * @enum {string}
         */
        SourceKind: "camera" | "screen" | "clip";
        /**
         * @description Whether somebody belongs to the organisation.
         * @enum {string}
         */
        Standing: "member" | "left";
        /**
         * @description What a member comes to.
         * @enum {string}
         */
        Status: "expected" | "present" | "late" | "left" | "absent" | "excused" | "watched_replay" | "uninvited";
        /**
         * @description What a table is about.
         * @enum {string}
         */
        TableSubject: "units" | "people";
        /** @description A take. */
        TakeRequest: {
            /** @description How the programme goes over. */
            transition: components["schemas"]["Transition"];
        };
        /**
         * @description Whether a person or source is on air, prepared, or neither.
         * @enum {string}
         */
        Tally: "off" | "next" | "on_air";
        /** @description Whether somebody is there. */
        TickRequest: {
            /** @description They are; or it was a mistake. */
            present: boolean;
        };
        /** @description A rectangle on the 1280 × 720 canvas; all numbers are even, for 4:2:0 chroma. */
        Tile: {
            /**
             * Format: int32
             * @description Height.
             */
            height: number;
            /**
             * Format: int32
             * @description Width.
             */
            width: number;
            /**
             * Format: int32
             * @description Left edge.
             */
            x: number;
            /**
             * Format: int32
             * @description Top edge.
             */
            y: number;
        };
        /** @description Server → page. */
        ToPage: {
            card: components["schemas"]["Card"] | null;
            /** @description The event. */
            event: string;
            /** @description For the page's peer connection, as in RTCConfiguration. */
            ice_servers: components["schemas"]["IceServer"][];
            /** @description Every layout with its tiles. */
            layouts: components["schemas"]["LayoutTiles"][];
            /** @description The person's seat; none in the studio. */
            seat: string | null;
            /** @description Its title. */
            title: string;
            /** @enum {string} */
            type: "welcome";
        } | {
            /** @description In the order in which they came. */
            people: components["schemas"]["Person"][];
            /** @enum {string} */
            type: "roster";
        } | {
            /** @description Who, or nobody. */
            seat: string | null;
            /** @enum {string} */
            type: "speaking";
        } | {
            /** @description As it is now. */
            show: components["schemas"]["Show"];
            /** @enum {string} */
            type: "show";
        } | {
            /** @description In the order in which they came. */
            sources: components["schemas"]["Source"][];
            /** @enum {string} */
            type: "sources";
        } | (components["schemas"]["Health"] & {
            /** @enum {string} */
            type: "health";
        }) | {
            /** @description Stable name of the reason. */
            code: string;
            /** @description A sentence for the person. */
            message: string;
            /** @enum {string} */
            type: "refused";
        } | {
            /** @description Why. */
            code: components["schemas"]["Closed"];
            /** @enum {string} */
            type: "closed";
        } | {
            /** @description Session description of type answer. */
            sdp: string;
            /** @enum {string} */
            type: "answer";
        } | {
            /** @description For sounds. */
            audio: number;
            /** @enum {string} */
            type: "slots";
            /** @description For pictures. */
            video: number;
        } | {
            /** @description In the order of the offer. */
            slots: components["schemas"]["MappedSlot"][];
            /** @enum {string} */
            type: "map";
            /** @description Pictures that the page wants and cannot decode. */
            undecodable: string[];
        } | {
            /** @enum {string} */
            type: "renegotiate";
        };
        /**
         * @description What a media line of an offer is for, seen from the page.
         * @enum {string}
         */
        TrackKind: "camera_video" | "camera_audio" | "screen_video" | "screen_audio" | "video" | "audio" | "programme_video" | "programme_audio";
        /** @description How the programme goes from one scene to the next. */
        Transition: {
            /** @enum {string} */
            kind: "cut";
        } | {
            /** @enum {string} */
            kind: "fade";
            /**
             * Format: int32
             * @description Length in milliseconds, at most [`crate::limits::FADE_MS_MAX`].
             */
            ms: number;
        };
        /** @description One unit. */
        Unit: {
            /** @description Its code. */
            code: string;
            /** @description What it is to the organisation. */
            kind: string;
            /**
             * Format: int32
             * @description How many members it has of its own.
             */
            members: number;
            /**
             * Format: int32
             * @description How many members it has with everything below it.
             */
            members_within: number;
            /** @description Its name. */
            name: string;
            /**
             * Format: int32
             * @description Among the units under the same one, the least comes first; equals by code.
             */
            order: number;
            /** @description Code of the unit that it stands under; null at the top. */
            parent: string | null;
            /** @description Whether it takes part. */
            state: components["schemas"]["UnitState"];
            /** @description How many units stand directly under it. */
            units: number;
            /**
             * Format: int32
             * @description How many units stand anywhere below it.
             */
            units_within: number;
        };
        /** @description A unit that another one stands under. */
        UnitAbove: {
            /** @description Its code. */
            code: string;
            /** @description Its name. */
            name: string;
        };
        /** @description The sums of one unit. */
        UnitAttendance: {
            /** @description Its code. */
            code: string;
            /** @description Of the unit and everything below it. */
            counts: components["schemas"]["Counts"];
            /** @description Its name. */
            name: string;
            /** @description How many units stand directly under it. */
            units: number;
        };
        /** @description What happens to a unit: one thing at a time. */
        UnitChange: {
            /** @enum {string} */
            change: "rename";
            /** @description The new one. */
            name: string;
        } | {
            /** @enum {string} */
            change: "describe";
            /** @description The new kind. */
            kind: string;
            /**
             * Format: int32
             * @description The new place.
             */
            order: number;
        } | {
            /** @enum {string} */
            change: "move";
            /** @description Code of that unit; null is the top. */
            parent: string | null;
        } | {
            /** @enum {string} */
            change: "close";
        } | {
            /** @enum {string} */
            change: "reopen";
        };
        /** @description A unit with what is round it. */
        UnitPage: {
            /** @description The units above it, the top first. */
            above: components["schemas"]["Unit"][];
            /** @description The units directly under it, in order. */
            below: components["schemas"]["Unit"][];
            /** @description The unit. */
            unit: components["schemas"]["Unit"];
        };
        /**
         * @description Whether a unit takes part.
         * @enum {string}
         */
        UnitState: "open" | "closed";
        /** @description Units. */
        Units: {
            /** @description How many units there are in all, closed ones too. */
            count: number;
            /**
             * Format: int64
             * @description How many members they have together.
             */
            members: number;
            /** @description Whether more were found than are listed. */
            more: boolean;
            /**
             * Format: int64
             * @description How often the organisation has changed.
             */
            revision: number;
            /** @description The units at the top, or those that were found. */
            units: components["schemas"]["FoundUnit"][];
        };
        /** @description A picture that a page shows. */
        WantedPicture: {
            /** @description Whose picture. */
            source: string;
            /**
             * Format: int32
             * @description How wide it is on the page, in device pixels.
             */
            width: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_accounts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"][];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_account: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAccountRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_account: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_password: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordRequest"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_events: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganisedEvent"][];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_event: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEventRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganisedEvent"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_event: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Event"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_acts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Acts"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    plan_acts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ActsRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Acts"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_acts_attendance: {
        parameters: {
            query?: {
                unit?: string;
            };
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActsAttendance"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    begin_act: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
                act: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Acts"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_admission: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Admission"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganisedEvent"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_attendance: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttendancePage"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_unit_attendance: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
                unit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttendancePage"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_attendance: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
                unit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberStatus"][];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    excuse_member: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
                unit: string;
                person: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExcuseRequest"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    beat: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_book: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookBody"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    close_book: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookBody"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    correct_book: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CorrectionRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookBody"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_calendar: {
        parameters: {
            query?: {
                /** @description What the link in it begins with, as the page has it in its address: a proxy may end TLS. */
                origin?: string;
            };
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/calendar": string;
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_cards: {
        parameters: {
            query?: {
                /** @description Those of all units below as well. */
                within?: boolean;
                /** @description Those from this unit on. */
                unit?: string;
                /** @description Those behind this person of that unit. */
                person?: string;
                /** @description What the links begin with, as the page has it in its address: a proxy may end TLS. */
                origin?: string;
            };
            header?: never;
            path: {
                event: string;
                unit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkCards"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    close_event: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_curve: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttendanceCurve"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_unit_curve: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
                unit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttendanceCurve"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_guests: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Guests"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    invite_guest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GuestRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Guest"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdraw_guest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
                guest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_halls: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
                unit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HallLink"][];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    make_hall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
                unit: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewHallRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HallLink"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    close_hall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
                unit: string;
                hall: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_invitations: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
                unit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"][];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    join_event: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JoinRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Joined"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_links: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPaths"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_own_record: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnRecord"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_missing: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
                unit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MissingPage"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    open_event: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganisedEvent"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    download_report: {
        parameters: {
            query?: {
                lang?: string;
                offset?: number;
            };
            header?: never;
            path: {
                event: string;
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_seats: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Seat"][];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    seat_member: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
                seat: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SeatedRequest"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_show: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Show"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_direction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DirectionRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Show"];
                };
            };
        };
    };
    set_lower_third: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LowerThirdRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Show"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_preview: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreviewRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Show"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_slate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SlateRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Show"];
                };
            };
        };
    };
    take: {
        parameters: {
            query?: never;
            header: {
                "If-Match": string;
            };
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TakeRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Show"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    undo_preview: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Show"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_sound: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
                source: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SoundRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Show"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stay: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    studio_socket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description WebSocket; messages as in docs/protocol.md */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_hall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Hall"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    arrive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    count_heads: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HeadsRequest"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    tick_member: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
                person: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TickRequest"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_layouts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LayoutTiles"][];
                };
            };
        };
    };
    show_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    come_back: {
        parameters: {
            query?: {
                /** @description What they left with. */
                state?: string;
                /** @description What proves that they signed in. */
                code?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    leave: {
        parameters: {
            query: {
                /** @description `org` for the console, or `event:` and an event's slug or id. */
                for: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    begin_import: {
        parameters: {
            query: {
                /** @description What the table is about. */
                table: components["schemas"]["TableSubject"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_import: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                import: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    give_up_import: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                import: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    apply_import: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                import: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApplyRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Applied"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_person: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPersonRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganisationPerson"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    people_csv: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
        };
    };
    people_xlsx: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
        };
    };
    show_person: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                person: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganisationPerson"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_person: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                person: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonChangeRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganisationPerson"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_links: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                person: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_retention: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Retention"];
                };
            };
        };
    };
    set_retention: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Retention"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Retention"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_units: {
        parameters: {
            query?: {
                /** @description Units whose name or code holds this text; without it those at the top. */
                find?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Units"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_unit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUnitRequest"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitPage"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    units_csv: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
        };
    };
    units_xlsx: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
        };
    };
    show_unit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                unit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitPage"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_unit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                unit: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UnitChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitPage"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_people: {
        parameters: {
            query?: {
                /** @description Those behind this code. */
                after?: string;
                /** @description At most so many. */
                limit?: number;
            };
            header?: never;
            path: {
                unit: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["People"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    open_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SessionRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_up: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetupRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignInRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_ways: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignInWays"];
                };
            };
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    stage_socket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description WebSocket; messages as in docs/protocol.md */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
