import { BatchDeleteImageCommand, ECRClient } from '@aws-sdk/client-ecr';
import { paginateListFunctions } from '@aws-sdk/client-lambda';
import { asking } from '../aws-errors.ts';
import type { FunctionFacts } from './facts.ts';
import { lambdaClient } from './function.ts';

/** What one call of `BatchDeleteImage` takes. Source: its API reference. */
const AT_ONCE = 100;

/** Of an image, Lambda's hash of the code is the image's digest. */
const DIGEST = /^[0-9a-f]{64}$/;

/** The digests of images that versions were made of. */
export const digestsOf = (versions: readonly FunctionFacts[]): string[] => [
  ...new Set(
    versions
      .filter(({ packageType, codeSha256 }) => packageType === 'Image' && DIGEST.test(codeSha256))
      .map(({ codeSha256 }) => codeSha256),
  ),
];

export interface ImageRemoval {
  readonly region: string;
  /** The repository's name. */
  readonly repository: string;
  readonly digests: readonly string[];
}

/**
 * Deletes images that nothing is made of any more: no version of any function of the region, for the functions of a stage
 * share them. One whose image is gone cannot start again. The digests of those that are gone. Throws `aws.*`.
 */
export async function removeImages({ region, repository, digests }: ImageRemoval): Promise<string[]> {
  if (digests.length === 0) return [];
  const used = await digestsInUse(region);
  const unused = digests.filter((digest) => !used.has(digest));
  const client = new ECRClient({ region, maxAttempts: 4 });
  try {
    for (let start = 0; start < unused.length; start += AT_ONCE) {
      const imageIds = unused.slice(start, start + AT_ONCE).map((digest) => ({ imageDigest: `sha256:${digest}` }));
      const request = { action: 'ecr:BatchDeleteImage', resource: `repository ${repository}` };
      // What is gone already is no failure of the call.
      await asking(request, () => client.send(new BatchDeleteImageCommand({ repositoryName: repository, imageIds })));
    }
    return unused;
  } finally {
    client.destroy();
  }
}

/** Of every version of every function, $LATEST too. */
async function digestsInUse(region: string): Promise<ReadonlySet<string>> {
  const client = lambdaClient(region);
  try {
    const request = { action: 'lambda:ListFunctions', resource: `functions in ${region}` };
    const pages = paginateListFunctions({ client }, { FunctionVersion: 'ALL' });
    const all = await asking(request, () => Array.fromAsync(pages));
    return new Set(all.flatMap(({ Functions = [] }) => Functions.map(({ CodeSha256 = '' }) => CodeSha256)));
  } finally {
    client.destroy();
  }
}
