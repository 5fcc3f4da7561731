/** Short names for the bodies that pages speak about. */
import type { components } from './schema.gen';

type Schemas = components['schemas'];

export type Event = Schemas['Event'];
export type Joined = Schemas['Joined'];
export type Session = Schemas['Session'];
export type Problem = Schemas['Problem'];
export type Card = Schemas['Card'];
export type Layout = Schemas['Layout'];
export type Tile = Schemas['Tile'];
export type LayoutTiles = Schemas['LayoutTiles'];
export type LowerThird = Schemas['LowerThird'];
export type Scene = Schemas['Scene'];
export type Transition = Schemas['Transition'];
export type Direction = Schemas['Direction'];
export type Programme = Schemas['Programme'];
export type Show = Schemas['Show'];

export type Account = Schemas['Account'];
export type AccountChange = Schemas['AccountChange'];
export type AccountRole = Schemas['AccountRole'];
export type Me = Schemas['Me'];
export type NewAccount = Schemas['NewAccountRequest'];
export type NewPerson = Schemas['NewPersonRequest'];
export type NewUnit = Schemas['NewUnitRequest'];
export type FoundUnit = Schemas['FoundUnit'];
export type People = Schemas['People'];
export type Person = Schemas['OrganisationPerson'];
export type PersonChange = Schemas['PersonChangeRequest'];
export type SetUp = Schemas['SetupRequest'];
export type Unit = Schemas['Unit'];
export type UnitChange = Schemas['UnitChange'];
export type UnitPage = Schemas['UnitPage'];
export type Units = Schemas['Units'];

export type Admission = Schemas['Admission'];
export type AdmittedUnit = Schemas['AdmittedUnit'];
export type ChosenUnit = Schemas['ChosenUnit'];
export type EventPaths = Schemas['EventPaths'];
export type Guest = Schemas['Guest'];
export type Guests = Schemas['Guests'];
export type LinkCard = Schemas['LinkCard'];
export type LinkCards = Schemas['LinkCards'];
export type NewEvent = Schemas['NewEventRequest'];
export type NextCard = Schemas['NextCard'];
export type Seat = Schemas['Seat'];
export type OrganisedEvent = Schemas['OrganisedEvent'];

export type Applied = Schemas['Applied'];
export type BadCell = Schemas['BadCell'];
export type ImportPreview = Schemas['ImportPreview'];
export type ImportShown = Schemas['ImportShown'];
export type TableImport = Schemas['Import'];
export type TableSubject = Schemas['TableSubject'];
export type AttendancePage = Schemas['AttendancePage'];
export type AttendedEvent = Schemas['AttendedEvent'];
export type Counts = Schemas['Counts'];
export type MemberStatus = Schemas['MemberStatus'];
export type Status = Schemas['Status'];
export type UnitAbove = Schemas['UnitAbove'];
export type UnitAttendance = Schemas['UnitAttendance'];

export type Book = Schemas['BookBody'];
export type HallLink = Schemas['HallLink'];
export type OwnRecord = Schemas['OwnRecord'];
export type Retention = Schemas['Retention'];

export type Act = Schemas['Act'];
export type ActAttendance = Schemas['ActAttendance'];
export type ActDraft = Schemas['ActDraft'];
export type Acts = Schemas['Acts'];
export type ActsAttendance = Schemas['ActsAttendance'];
