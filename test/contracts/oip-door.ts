import type { Send } from './oip-client.ts';
import { oipBinary } from './oip-binary.ts';
import { doorOf } from './oip-expectations.ts';
import { oipOutputs } from './oip-outputs.ts';
import { oipRoutes } from './oip-routes.ts';
import { oipTensors } from './oip-tensors.ts';

export { MAX_BODY_BYTES } from './oip-expectations.ts';

/**
 * What every door of the protocol does; the numbers are those of the protocol's conformance list. `open` is called once,
 * for a door over the host of `contractHost` with the limit `MAX_BODY_BYTES`.
 */
export function oipDoorContract(open: () => Promise<Send>): void {
  const door = doorOf(open);
  oipRoutes(door);
  oipTensors(door);
  oipBinary(door);
  oipOutputs(door);
}
