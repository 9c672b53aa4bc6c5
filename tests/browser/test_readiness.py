"""The readiness view in a browser: verdicts in words, for an analyst too, and the credit that the network data ask for."""


def test_an_analyst_is_told_what_he_may_not_see(open_page):
    """Runs of searches are for those who may read the index _internal; the page says so and shows the rest."""
    text = open_page("readiness", user="teams_export_analyst").locator("#dashboard").inner_text()
    assert "No run of the last 7 days can be seen." in text
    assert "Ask somebody whose role may read the index _internal" in text
    assert "MessagesExported" in text and "30 of 14 days" in text


def test_the_credit_leads_to_its_source(open_page):
    """The link that the licence of the network data asks for can be clicked."""
    link = open_page("readiness").get_by_role("link", name="IP Geolocation by DB-IP")
    assert "https://db-ip.com" == link.get_attribute("href").rstrip("/")
