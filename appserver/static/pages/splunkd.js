// Requests to splunkd through splunkweb, as the user of the page.
//
// Knows where splunkweb puts splunkd, and that whatever changes something carries the form key of the session's cookie.
const config = window.$C || {};
const ROOT = config.SPLUNKD_PATH || '/en-US/splunkd/__raw';
export const APP = 'teams_export_guard';
export const OWN = `/servicesNS/nobody/${APP}`;
const TIMEOUT_MS = 120000;

function formKey() {
    const name = `splunkweb_csrf_token_${config.MRSPARKLE_PORT_NUMBER}=`;
    const found = document.cookie.split('; ').find((one) => one.startsWith(name));
    return found ? decodeURIComponent(found.slice(name.length)) : '';
}

/** What splunkd said when it refused: its status, a sentence, and whatever else its answer holds. */
export class Refused extends Error {
    constructor(status, text, body) {
        super(text);
        this.status = status;
        this.body = body || {};
    }
}

/** The JSON answer to a request; `form` is sent as a form, `document` as JSON. Throws Refused. */
export async function ask(method, path, { query = {}, form, document: json } = {}) {
    const address = `${ROOT}${path}?${new URLSearchParams({ output_mode: 'json', ...query })}`;
    const headers = { 'X-Requested-With': 'XMLHttpRequest' };
    let body;
    if (method !== 'GET') headers['X-Splunk-Form-Key'] = formKey();
    if (json !== undefined) {
        headers['Content-Type'] = 'application/json';
        body = JSON.stringify(json);
    } else if (form) {
        body = new URLSearchParams(form);
    }
    let answer;
    try {
        answer = await fetch(address, { method, headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (fault) {
        throw new Refused(0, `splunkd cannot be reached (${fault.message}). Try again.`);
    }
    if (answer.status === 204) return null;
    const text = await answer.text();
    let said;
    try {
        said = JSON.parse(text);
    } catch (fault) {
        said = {};
    }
    if (!answer.ok) {
        const messages = (said.messages || []).map((one) => one.text).join('; ');
        throw new Refused(answer.status, said.error || messages || text.slice(0, 300) || `splunkd answered ${answer.status}`, said);
    }
    return said;
}
