"""What ``package.py`` does its work with; standard library only, as it runs before anything is installed.

    plan          pure: from the files found to the files of the package, every fault, the archive's bytes
    libraries     virtual environments, the content of lib/, and the Pythons on this machine
    errors        PackagingError

Knows the layout of the repo and of a Splunk app; knows nothing of the app's code and nothing of the
other parts of the sandbox.
"""
