import { expect, test } from 'vitest';
import { firstDeploymentOptions } from '#core/deployment/first-deployment.ts';

const stack = (status: string) => ({ name: 'onnward-dev-registry', status, outputs: {}, changedAt: '' });
const [IMPORT, BUILD_LATE] = ['--import-existing-resources', '--no-asset-prebuild'];

test.each([
  ['the first time, with zip packages', undefined, false, false, []],
  ['the first time, with images', undefined, false, true, [BUILD_LATE]],
  ['after a destruction', undefined, true, false, [IMPORT]],
  ['after a destruction, with images', undefined, true, true, [IMPORT, BUILD_LATE]],
  ['after a creation that failed, which left the bucket', stack('ROLLBACK_COMPLETE'), true, true, [IMPORT, BUILD_LATE]],
  ['once the stack is there', stack('CREATE_COMPLETE'), true, true, []],
  ['after an update that was rolled back', stack('UPDATE_ROLLBACK_COMPLETE'), true, true, []],
])('%s', (_, registryStack, bucket, images, options) => {
  expect(firstDeploymentOptions({ registryStack, bucket, images })).toEqual(options);
});
