"""A second, deliberately naive reading of the contract, to compare the real one with.

What is here: `records` (rows to records), `addresses`, `baseline`, `privileged`, `triggers`, `alerts` (one alert and
how it grows), `model` (`judge`, the whole verdict), `synthetic` (made-up records), `strategies` (histories of them for
Hypothesis), `scene` (shorthand for examples by hand). Every line follows the text of the contract's section 2, which is
cited beside it; nothing is clever and nothing is fast.

What it does not know: the app's own code. Nothing here imports it, and it imports nothing from here.
"""
