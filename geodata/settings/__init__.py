"""Settings by place: ``embedded`` on one machine, ``production`` from the environment, ``testing`` for pytest."""
