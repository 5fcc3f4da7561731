/** The requests of docs/protocol.md in the shape that openapi-typescript writes. */

export interface paths {
  '/api/events/{event}': {
    get: {
      parameters: { path: { event: string } };
      responses: { 200: Body<components['schemas']['Event']>; default: Failure };
    };
  };
  '/api/sessions': {
    post: {
      requestBody: Body<{ token: string }>;
      responses: { 200: Body<components['schemas']['Session']>; default: Failure };
    };
  };
  '/api/layouts': {
    get: { responses: { 200: Body<components['schemas']['LayoutTiles'][]>; default: Failure } };
  };
  '/api/events/{event}/show': {
    get: { parameters: { path: { event: string } }; responses: ShowAnswer };
  };
  '/api/events/{event}/show/preview': {
    post: OnEvent & { requestBody: Body<{ scene: components['schemas']['Scene'] }> };
  };
  '/api/events/{event}/show/undo': {
    post: OnEvent;
  };
  '/api/events/{event}/show/take': {
    post: {
      parameters: { path: { event: string }; header: { 'if-match': string } };
      requestBody: Body<{ transition: components['schemas']['Transition'] }>;
      responses: ShowAnswer;
    };
  };
  '/api/events/{event}/show/lower-third': {
    post: OnEvent & {
      requestBody: Body<{ lower_third: components['schemas']['LowerThird'] | null }>;
    };
  };
  '/api/events/{event}/show/slate': {
    post: OnEvent & { requestBody: Body<{ on: boolean }> };
  };
  '/api/events/{event}/show/direction': {
    post: OnEvent & { requestBody: Body<{ mode: components['schemas']['Direction'] }> };
  };
  '/api/events/{event}/sources/{source}/sound': {
    post: {
      parameters: { path: { event: string; source: string } };
      requestBody: Body<{ muted: boolean }>;
      responses: ShowAnswer;
    };
  };
}

export interface components {
  schemas: {
    Event: {
      id: string;
      slug: string;
      title: string;
      phase: 'doors' | 'on_air' | 'closed';
      playlist: string;
      replay: string;
      server_time_ms: number;
      started_ms: number | null;
    };
    Session: { event: string; role: 'director' | 'speaker' | 'viewer' };
    Problem: { status: number; code: string; detail: string };
    Card: { name: string; unit: string; title: string };
    Layout: 'full' | 'two' | 'four' | 'nine' | 'picture_in_picture' | 'speaker_slides';
    Tile: { x: number; y: number; width: number; height: number };
    LayoutTiles: {
      layout: components['schemas']['Layout'];
      tiles: components['schemas']['Tile'][];
    };
    LowerThird: { name: string; detail: string };
    Scene: {
      layout: components['schemas']['Layout'];
      places: (string | null)[];
      lower_third: components['schemas']['LowerThird'] | null;
    };
    Transition: { kind: 'cut' } | { kind: 'fade'; ms: number };
    Direction: 'manual' | 'automatic';
    Programme:
      | { kind: 'scene'; scene: components['schemas']['Scene'] }
      | { kind: 'slate'; behind: components['schemas']['Scene'] };
    Show: {
      revision: number;
      programme: components['schemas']['Programme'];
      preview: components['schemas']['Scene'];
      transition: components['schemas']['Transition'];
      direction: components['schemas']['Direction'];
      muted: string[];
      can_undo: boolean;
    };
  };
}

type Body<T> = { content: { 'application/json': T } };
type Failure = { content: { 'application/problem+json': components['schemas']['Problem'] } };
type ShowAnswer = { 200: Body<components['schemas']['Show']>; default: Failure };
type OnEvent = { parameters: { path: { event: string } }; responses: ShowAnswer };
