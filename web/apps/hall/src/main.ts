/** Starts the page; the player loads beside it. */
import '@plenary/ui/tokens.css';
import '@plenary/ui/base.css';

import { abilities, choosePlayer } from '@plenary/client/live';
import { loadEngine } from '@plenary/client/live-engine-load';
import { mount } from 'svelte';

import App from './App.svelte';

const player = choosePlayer(abilities());
if (player !== 'none') void loadEngine(player).catch(() => undefined); // The session tries again and tells.

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
mount(App, { target, props: { player } });
