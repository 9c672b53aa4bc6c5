// A Studio view as splunkweb shows it: Splunk's own client and unmodified preset over the REST of the same origin.
//
// Knows: where splunkweb keeps what the client needs (window.$C), and that form.X in the address is the token X. Does not
// know the view: its XML comes from data/ui/views by REST.
import React from 'react';
import { createRoot } from 'react-dom/client';
import DashboardCore from '@splunk/dashboard-core';
import { DashboardContextProvider, GeoRegistry, GeoJsonProvider } from '@splunk/dashboard-context';
import EnterpriseViewOnlyPreset from '@splunk/dashboard-presets/EnterpriseViewOnlyPreset';
import SplunkThemeProvider from '@splunk/themes/SplunkThemeProvider';
import { createSchemaBasedOnPresets } from '@splunk/dashboard-definition';
import { DashboardValidator } from '@splunk/dashboard-validation';

// "Use search results or job status as tokens" is documented for Enterprise 9.1 and later; the client wants to be told
const FEATURES = { enableSmartSourceDS: true };
const config = window.$C;
const address = new URLSearchParams(window.location.search);
const root = document.getElementById('dashboard');

async function viewOf(app, name) {
    const path = `${config.SPLUNKD_PATH}/servicesNS/-/${encodeURIComponent(app)}/data/ui/views/${encodeURIComponent(name)}`;
    const answer = await fetch(`${path}?output_mode=json`);
    if (!answer.ok) throw new Error(`The view ${name} cannot be read (${answer.status}).`);
    const xml = (await answer.json()).entry[0].content['eai:data'];
    const view = new DOMParser().parseFromString(xml, 'text/xml').documentElement;
    return { definition: JSON.parse(view.querySelector('definition').textContent), theme: view.getAttribute('theme') };
}

function tokens() {
    const found = {};
    address.forEach((value, key) => {
        if (key.startsWith('form.')) found[key.slice('form.'.length)] = value;
    });
    return found;
}

function show({ definition, theme }) {
    const geoRegistry = GeoRegistry.create();
    geoRegistry.addDefaultProvider(new GeoJsonProvider());
    document.title = definition.title;
    const colours = address.get('theme') || theme || 'light';
    document.documentElement.dataset.theme = colours;
    createRoot(root).render(
        <SplunkThemeProvider family="enterprise" colorScheme={colours} density="comfortable">
            <DashboardContextProvider
                preset={EnterpriseViewOnlyPreset}
                initialDefinition={definition}
                initialTokenBinding={{ default: tokens() }}
                initialMode="view"
                dataSourceContext={{ enableRiskyCommand: Boolean(config.ENABLE_RISKY_COMMAND_CHECK_DASHBOARD) }}
                geoRegistry={geoRegistry}
                featureFlags={FEATURES}
                onTokenBindingChange={(binding) => {
                    window.tokens = JSON.parse(JSON.stringify(binding));
                }}
            >
                <DashboardCore width="100%" height="auto" />
            </DashboardContextProvider>
        </SplunkThemeProvider>,
    );
}

// for the check of definitions: Splunk's own JSON schema, and its own validator
window.definitionSchema = () => createSchemaBasedOnPresets(EnterpriseViewOnlyPreset);
window.validateDefinition = (definition) => {
    const validator = new DashboardValidator();
    const fault = validator.setSchema(window.definitionSchema());
    return fault ? [{ message: String(fault) }] : validator.validate(definition);
};

if (root) {
    viewOf(config.APP, root.dataset.view).then(show, (fault) => {
        root.textContent = fault.message;
        throw fault;
    });
}
