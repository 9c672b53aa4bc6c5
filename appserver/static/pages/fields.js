// The fields of the form, made from the rules that the endpoint gives: nothing about a setting is written twice.

const LONG = new Set([
    'index', 'sourcetype', 'email_to', 'webhook_url', 'webhook_proxy', 'webhook_ca_file', 'graph_tenant', 'graph_client_id',
]);

function element(name, properties = {}, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
}

/** One setting: its input, its label, its hint, and the place for what is wrong with it. */
export class Field {
    constructor(rule) {
        this.rule = rule;
        this.flag = !rule.pattern;
        const id = `teg-${rule.name}`;
        this.input = element('input', { id, name: rule.name, autocomplete: 'off', spellcheck: false });
        this.input.type = this.flag ? 'checkbox' : rule.secret ? 'password' : 'text';
        if (rule.secret) this.input.autocomplete = 'new-password';
        this.fault = element('span', { id: `${id}-fault`, className: 'teg-fault' });
        const label = element('label', { htmlFor: id, textContent: rule.label });
        const meaning = rule.unit && `${rule.unit[0].toUpperCase()}${rule.unit.slice(1)}.`;
        const hints = [meaning, this.flag ? '' : `Allowed: ${rule.allowed}.`, rule.default && `Default: ${rule.default}.`];
        const hint = element('span', { id: `${id}-hint`, className: 'teg-hint', textContent: hints.filter(Boolean).join(' ') });
        this.input.setAttribute('aria-describedby', `${id}-hint ${id}-fault`);
        this.box = element('div', { className: this.flag ? 'teg-switch' : rule.secret || LONG.has(rule.name) ? 'teg-long' : '' });
        this.box.append(...(this.flag ? [this.input, label, this.fault] : [label, this.input, hint, this.fault]));
        this.input.addEventListener('input', () => this.check());
    }

    get value() {
        return this.flag ? this.input.checked : this.input.value.trim();
    }

    set value(given) {
        if (this.flag) this.input.checked = Boolean(given);
        else this.input.value = given === undefined || given === null ? '' : given;
        this.mark('');
    }

    /** Whether the value keeps to its rule; if not, the reason stands beside it. */
    check(optional = false) {
        const empty = optional && this.value === '';
        const right = this.flag || empty || new RegExp(this.rule.pattern).test(this.value);
        this.mark(right ? '' : `Allowed: ${this.rule.allowed}.`);
        return right;
    }

    mark(text) {
        this.fault.textContent = text;
        this.input.setAttribute('aria-invalid', text ? 'true' : 'false');
    }
}

/** A table of texts; numbers stand on the right. */
export function table(heads, rows) {
    const cell = (name, text) => element(name, { textContent: text, className: /^[0-9,]+$/.test(text) ? 'teg-number' : '' });
    const made = element('table', {}, element('tr', {}, ...heads.map((text) => element('th', { textContent: text, scope: 'col' }))));
    rows.forEach((row) => made.append(element('tr', {}, ...row.map((text) => cell('td', text)))));
    return element('div', { className: 'teg-scroll' }, made);
}

export { element };
