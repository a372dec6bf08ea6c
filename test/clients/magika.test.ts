import { packaged, pythonSuite } from './python.ts';

pythonSuite('magika_package', () => ({ magika: [packaged('magika/models/standard_v3_3/model.onnx')] }));
