/** Generated from openapi.json by `npm run api`; do not edit. */

export interface paths {
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
        /** @description How a person is shown on the stage, in the studio and in the lower third. */
        Card: {
            /** @description Name in any script, at most [`crate::limits::NAME_CHARS_MAX`] characters. */
            name: string;
            /** @description What the person is there, for example `县支公司经理`; may be empty. */
            title: string;
            /** @description Unit as people say it, for example `四川 · 成都`. */
            unit: string;
        };
        /**
         * @description Why a connection ends.
         * @enum {string}
         */
        Closed: "elsewhere" | "ended" | "restart";
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
            /** @description Its title. */
            title: string;
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
        /** @description One media line of an offer. */
        OfferedTrack: {
            /** @description What it is for. */
            kind: components["schemas"]["TrackKind"];
            /** @description The `a=mid` of the line. */
            mid: string;
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
        /**
         * @description How the recording does.
         * @enum {string}
         */
        Recording: "ok" | "failed";
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
        /** @description A picture of the show at one moment. */
        Show: {
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
