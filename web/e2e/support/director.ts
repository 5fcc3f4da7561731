/** A director without a browser: opens the studio by its link and directs over HTTP. */

interface Scene {
  layout: string;
  places: (string | null)[];
  lower_third?: { name: string; detail: string } | null;
}

interface Show {
  revision: number;
  preview: Scene;
  programme: { scene: Scene };
}

/** A director's session. */
export class Director {
  private constructor(
    private readonly base: string,
    private readonly event: string,
    readonly cookie: string,
  ) {}

  /** Opens the studio with its link. */
  static async open(studio: string): Promise<Director> {
    const { origin, pathname, hash } = new URL(studio);
    const opened = await fetch(`${origin}/api/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify({ token: hash.slice(1) }),
    });
    const given = opened.headers.get('set-cookie') ?? '';
    if (!opened.ok || !/HttpOnly; SameSite=Strict/.test(given)) {
      throw new Error(`the studio link was answered with ${opened.status} and "${given}"`);
    }
    return new Director(origin, pathname.split('/').at(-1) ?? '', given.split(';')[0] ?? '');
  }

  /** Puts one camera of those that are in the show on air in the whole picture. */
  async putCameraOnAir(): Promise<void> {
    const show = await this.show('GET', 'show');
    const places = [...show.programme.scene.places, ...show.preview.places];
    const camera = places.find((source) => source?.startsWith('cam_'));
    if (!camera) throw new Error(`no camera among ${places.join()}`);
    await this.putOnAir({ layout: 'full', places: [camera], lower_third: null });
  }

  /** Shows a lower third on the programme. */
  async lowerThird(lower_third: { name: string; detail: string }): Promise<void> {
    await this.show('POST', 'show/lower-third', { lower_third });
  }

  /** Takes a scene with a cut. */
  async putOnAir(scene: Scene): Promise<void> {
    const { revision } = await this.show('POST', 'show/preview', { scene });
    await this.show('POST', 'show/take', { transition: { kind: 'cut' } }, revision);
  }

  private async show(
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    revision?: number,
  ): Promise<Show> {
    const answer = await fetch(`${this.base}/api/events/${this.event}/${path}`, {
      method,
      headers: {
        cookie: this.cookie,
        origin: this.base,
        'content-type': 'application/json',
        ...(revision === undefined ? {} : { 'if-match': `"${revision}"` }),
      },
      body: body ? JSON.stringify(body) : null,
    });
    if (!answer.ok) throw new Error(`${path} was answered with ${await answer.text()}`);
    return (await answer.json()) as Show;
  }
}
