/** Starts the page. */
import '@plenary/ui/tokens.css';
import '@plenary/ui/base.css';

import { mount } from 'svelte';

import App from './App.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
mount(App, { target });
