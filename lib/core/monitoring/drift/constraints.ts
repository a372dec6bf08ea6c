/**
 * What Model Monitor checks data by, where nothing else is said: its `monitoring_config`. Source: the SDK's
 * `MonitoringConfig` and "Schema for Constraints" of the SageMaker developer guide.
 */
export const MONITORING_CONFIG = {
  evaluate_constraints: 'Enabled',
  emit_metrics: 'Enabled',
  /** Share of the values that have to be of the baseline's type. */
  datatype_check_threshold: 1,
  /** Share of the values that have to be among those of the baseline. */
  domain_content_threshold: 1,
  distribution_constraints: {
    perform_comparison: 'Enabled',
    comparison_threshold: 0.1,
    comparison_method: 'Robust',
    categorical_comparison_threshold: 0.1,
    categorical_drift_method: 'LInfinity',
  },
} as const;

/** A feature with more categories than this has no domain: new ones are no news. */
export const DOMAIN_MOST = 100;
