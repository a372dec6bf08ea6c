import { OnnwardError } from '../errors.ts';

/** How code gets into a function, in the configuration's words. */
export type Packaging = 'image' | 'zip';

/** Lambda cannot change it of a function that is there: CloudFormation would fail half way. Throws `deploy.packaging`. */
export function refuseMigration(model: string, deployed: Packaging, configured: Packaging): void {
  if (deployed === configured) return;
  throw new OnnwardError(
    `${model} is deployed with packaging '${deployed}', and the configuration says '${configured}': Lambda cannot change that of a function.`,
    {
      code: 'deploy.packaging',
      kind: 'conflict',
      fix:
        `Take ${model} out of the configuration and deploy, then put it back and deploy again: its versions stay, and ` +
        '`live` comes back from the registry. It does not answer in between.',
      fields: { model, deployed, configured },
    },
  );
}
