/** Short names for the messages on the sockets of stage and studio. */
import type { components } from './schema.gen';

type Schemas = components['schemas'];

/** What the page says. */
export type FromPage = Schemas['FromPage'];
/** What the server says. */
export type FromServer = Schemas['ToPage'];
export type TrackKind = Schemas['TrackKind'];
export type Tally = Schemas['Tally'];
export type Person = Schemas['Person'];
export type Source = Schemas['Source'];
