// Searches: start one, follow it to its end, take its rows.
import { APP, OWN, Refused, ask } from './splunkd.js';

const POLL_MS = 1000;
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Follow a job to its end; `told` hears the percentage each time. Throws Refused with the search's own message. */
export async function follow(sid, told = () => {}) {
    for (;;) {
        const { content } = (await ask('GET', `/services/search/jobs/${encodeURIComponent(sid)}`)).entry[0];
        if (content.isFailed) {
            const said = content.messages.map((one) => one.text).join(' ');
            throw new Refused(0, said || 'The search failed and gave no reason; the job inspector has more.');
        }
        if (content.isDone) return content;
        told(Math.round(100 * content.doneProgress));
        await wait(POLL_MS);
    }
}

/** The rows of a finished job. */
export async function rowsOf(sid) {
    const path = `/services/search/v2/jobs/${encodeURIComponent(sid)}/results`;
    return (await ask('GET', path, { query: { count: 0 } })).results;
}

/** Run a search in the app and give its rows. */
export async function search(spl, earliest) {
    const form = { search: spl, earliest_time: earliest, latest_time: 'now', exec_mode: 'normal' };
    const { sid } = await ask('POST', `/servicesNS/-/${APP}/search/jobs`, { form });
    await follow(sid);
    return rowsOf(sid);
}

/** The sid of a new run of a saved search. */
export async function dispatch(name) {
    return (await ask('POST', `${OWN}/saved/searches/${encodeURIComponent(name)}/dispatch`, { form: { trigger_actions: 0 } })).sid;
}

/** The sid of a run of a saved search that goes on now; undefined if there is none. */
export async function running(name) {
    const found = await ask('GET', `${OWN}/saved/searches/${encodeURIComponent(name)}/history`, { query: { count: 10 } });
    const going = found.entry.find((one) => !one.content.isDone);
    return going && going.name;
}
