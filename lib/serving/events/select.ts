import { apiGatewayV1 } from './api-gateway-v1.ts';
import { apiGatewayV2 } from './api-gateway-v2.ts';
import { loadBalancer } from './alb.ts';
import { directTo } from './direct.ts';
import type { EventKind } from './kind.ts';

/** Which kind an event is, by what only that kind has; a payload that is none of AWS's is an infer request for `model`. */
export function kindOf(event: unknown, model: string): EventKind<unknown, unknown> {
  const context = (event as { requestContext?: unknown } | null | undefined)?.requestContext;
  if (typeof context !== 'object' || context === null) return directTo(model);
  if ('elb' in context) return loadBalancer;
  return 'http' in context ? apiGatewayV2 : apiGatewayV1;
}
