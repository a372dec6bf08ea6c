import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Tells cdk-nag that a route is open on purpose. */
export const acknowledgeOpen = (route: IConstruct): void =>
  Validations.of(route).acknowledge({
    id: 'AwsSolutions-APIG4',
    reason: "The configuration says auth: 'none', or a browser asks without credentials whether it may call.",
  });
