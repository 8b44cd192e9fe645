import { mount } from 'svelte';
import './styles/tokens.css';
import './styles/base.css';
import App from './App.svelte';
import { prefs } from './prefs.svelte';

prefs.show();
mount(App, { target: document.getElementById('app')! });
