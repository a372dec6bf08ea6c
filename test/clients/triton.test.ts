import { DATATYPE_NAMES } from '#core/model/datatypes.ts';
import { pythonSuite } from './python.ts';

const fixtures = [...DATATYPE_NAMES.map((datatype) => `identity_${datatype.toLowerCase()}`), 'identity_pair', 'scalar'];

pythonSuite('triton_client', () => ({
  ...Object.fromEntries(fixtures.map((name) => [name, [`test/fixtures/${name}.onnx`]])),
  iris: ['examples/iris/model.onnx', '--labels', 'examples/iris/labels.txt'],
}));
