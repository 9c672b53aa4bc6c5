// The set-up page: shows the settings, checks them, saves what was changed.
//
// The endpoint says what each setting takes; it checks everything again, and its faults are shown at their fields.
import { ask } from './splunkd.js';
import { Field } from './fields.js';
import { check } from './arrivals.js';
import { Backfill } from './backfill.js';

const ENDPOINT = '/services/teams_export_guard/setup';
const get = (id) => document.getElementById(`teg-${id}`);
const fields = {};
let present = {};

function say(text) {
    const message = get('message');
    message.textContent = text;
    message.hidden = !text;
    if (text) message.focus();
}

function show(settings) {
    present = settings;
    Object.values(fields).forEach((field) => {
        field.value = settings[field.rule.name];
    });
    document.querySelectorAll('[data-secret]').forEach(({ dataset }, at, places) => {
        places[at].textContent = `${settings[`${dataset.secret}_stored`] ? 'A' : 'No'} ${dataset.called} is stored.`;
    });
    const custom = get('custom');
    custom.hidden = !settings.custom_search;
    custom.querySelector('code:last-child').textContent = settings.custom_search;
}

/** The settings whose field says something else than splunkd does. */
function changes() {
    const found = {};
    Object.values(fields).forEach(({ rule, value }) => {
        const before = present[rule.name] === undefined ? (rule.pattern ? '' : false) : present[rule.name];
        if (value !== before) found[rule.name] = value;
    });
    return found;
}

function allRight() {
    const custom = Boolean(present.custom_search) && fields.index.value === '' && fields.sourcetype.value === '';
    const wrong = Object.values(fields).filter((field) => !field.check(custom && field.rule.group === 'records'));
    if (wrong.length) {
        say(`Nothing was saved: ${wrong.length} ${wrong.length === 1 ? 'setting needs' : 'settings need'} another value.`);
        wrong[0].input.focus();
    }
    return !wrong.length;
}

async function save(event) {
    event.preventDefault();
    get('saved').textContent = '';
    say('');
    if (!allRight()) return;
    get('save').disabled = true;
    try {
        const said = await ask('POST', ENDPOINT, { document: changes() });
        show((await ask('GET', ENDPOINT)).settings);
        get('saved').textContent = said.written.length ? `Saved: ${said.written.join(', ')}.` : 'Nothing had changed.';
        if (said.note) get('saved').textContent += ` ${said.note}`;
    } catch (fault) {
        say(fault.message);
        const wrong = (fault.body.faults || []).filter((one) => fields[one.field]);
        wrong.forEach((one) => fields[one.field].mark(`Allowed: ${one.allowed}.`));
        if (wrong.length) fields[wrong[0].field].input.focus();
    }
    get('save').disabled = false;
}

async function arrivals() {
    const button = get('check');
    say('');
    if (![fields.index, fields.sourcetype].map((field) => field.check()).every(Boolean)) return;
    button.disabled = true;
    try {
        await check(fields, get('arrivals'));
    } catch (fault) {
        get('arrivals').replaceChildren();
        say(`The check failed: ${fault.message}`);
    }
    button.disabled = false;
}

async function begin() {
    try {
        const { settings, rules } = await ask('GET', ENDPOINT);
        rules.forEach((rule) => {
            fields[rule.name] = new Field(rule);
            document.querySelector(`[data-group="${rule.group}"]`).append(fields[rule.name].box);
        });
        show(settings);
        get('form').hidden = false;
        get('backfill').hidden = false;
        get('form').addEventListener('submit', save);
        get('check').addEventListener('click', arrivals);
        await new Backfill(get('start'), get('progress'), get('progress-text')).join();
    } catch (fault) {
        say(fault.message);
    } finally {
        get('setup').setAttribute('aria-busy', 'false');
    }
}

begin();
