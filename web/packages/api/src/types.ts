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
