// "Backfill now": runs the saved search, or joins a run that goes on already, and shows how far it is.
import { dispatch, follow, rowsOf, running } from './jobs.js';

const NAME = 'Teams Export - Backfill';

/** The section of the page; `start` joins a run that goes on, if there is one. */
export class Backfill {
    constructor(button, bar, text) {
        Object.assign(this, { button, bar, text });
        button.addEventListener('click', () => this.run(() => dispatch(NAME)));
    }

    async join() {
        const sid = await running(NAME);
        if (sid) await this.run(async () => sid);
    }

    async run(begin) {
        if (this.button.disabled) return;
        this.button.disabled = true;
        this.bar.hidden = false;
        this.show(0);
        try {
            const sid = await begin();
            const done = await follow(sid, (percent) => this.show(percent));
            const [row] = await rowsOf(sid);
            this.bar.value = 100;
            this.text.textContent = `Done in ${Math.round(done.runDuration)} s: ${Number(row.records).toLocaleString('en-US')} records of `
                + `${row.entities} users and applications on ${row.days} days learned; ${row.rejected} rejected.`;
        } catch (fault) {
            this.bar.hidden = true;
            this.text.textContent = `The backfill failed: ${fault.message}`;
        }
        this.button.disabled = false;
    }

    show(percent) {
        this.bar.value = percent;
        this.text.textContent = `${percent} % …`;
    }
}
