"""What MiniStack lacks of AWS, added by replacing functions of its own. Test equipment, never part of the product."""


def install() -> None:
    """Puts every part in its place. Once a process, before the server starts."""
    from . import (
        adoption,
        alarm_formulas,
        alarms,
        aliases,
        batch,
        emf,
        environments,
        error_names,
        lambda_metrics,
        log_events,
        maps,
        metric_filters,
        metric_permissions,
        metric_times,
        object_events,
        permissions,
        saved_queries,
        service_events,
        workflow_metrics,
        workflow_permissions,
    )

    permissions.install()
    log_events.install(emf.collect, metric_filters.collect)
    metric_filters.install()
    adoption.install()
    environments.install()
    alarm_formulas.install()
    alarms.install()
    metric_permissions.install()
    metric_times.install()
    saved_queries.install()
    service_events.install()
    object_events.install()
    maps.install()
    workflow_metrics.install()
    workflow_permissions.install()
    batch.install()
    # Aliases last: what it replaces says which alias was called to what measures the call.
    error_names.install()
    lambda_metrics.install()
    aliases.install()
