// "Check that records arrive": which Teams operations came in the last 7 days, and how late.
import { ask } from './splunkd.js';
import { search } from './jobs.js';
import { element, table } from './fields.js';

const date = (seconds) => new Date(1000 * Number(seconds)).toISOString().slice(0, 16).replace('T', ' ');
const whole = (text) => Number(text).toLocaleString('en-US');

/** Look at what the two fields name, saved or not, and show it in `place`. */
export async function check(fields, place) {
    const query = { index: fields.index.value, sourcetype: fields.sourcetype.value };
    const { definition } = await ask('GET', '/services/teams_export_guard/setup', { query });
    place.replaceChildren('Looking at the last 7 days …');
    const rows = await search('search ' + definition + ' `teams_export_arrivals`', '-7d@d');
    if (!rows.length) {
        place.replaceChildren(element('p', {}, `No audit record of Microsoft Teams in the last 7 days in ${definition}. `
            + 'Is the name of the index right, may your role read it, and does the add-on collect Audit.General?'));
        return;
    }
    const shown = rows.map((row) => [row.Operation, row.counted === '1' ? 'yes' : 'no', whole(row.records), date(row.newest), date(row.indexed)]);
    place.replaceChildren(
        element('p', {}, `Records of Microsoft Teams in the last 7 days in ${definition}; times in UTC.`),
        table(['Operation', 'Counts as export', 'Records', 'Newest record', 'Indexed last'], shown),
    );
    if (!rows.some((row) => row.counted === '1')) {
        place.append(element('p', {}, 'None of the operations that count as an export has arrived. They are written for Graph '
            + 'calls only; MessagesExported may need Audit (Premium).'));
    }
}
