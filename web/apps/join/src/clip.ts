/** Where the test clip of player and network is; the build names it. */
declare const TEST_CLIP: string;

export const clip: string = TEST_CLIP;
