import { invalid } from '#core/errors.ts';

/** Where the container is to listen: as SageMaker says, else as container hosts say, else 8080. Throws `server.bad_port`. */
export function portOf(env: Readonly<Record<string, string | undefined>>): number {
  const name = env['SAGEMAKER_BIND_TO_PORT'] ? 'SAGEMAKER_BIND_TO_PORT' : 'PORT';
  const text = env[name] || '8080';
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw invalid('server.bad_port', `${name} is ${JSON.stringify(text.slice(0, 80))}, expected a number up to 65535`, {
    fields: { variable: name },
  });
}
