/**
 * Packages of conda's usual channels that a venv can have from PyPI. `true`: under the same name; a text: under that
 * name. Only packages whose wheels bring along what they need are in it.
 */
const onPyPI: Readonly<Record<string, true | string>> = {
  aiohttp: true,
  'azure-identity': true,
  'azure-storage-blob': true,
  'azureml-inference-server-http': true,
  boto3: true,
  catboost: true,
  certifi: true,
  click: true,
  cloudpickle: true,
  cryptography: true,
  dask: true,
  datasets: true,
  dill: true,
  fastapi: true,
  flask: true,
  gensim: true,
  gunicorn: true,
  huggingface_hub: true,
  imageio: true,
  'imbalanced-learn': true,
  jinja2: true,
  joblib: true,
  keras: true,
  lightgbm: true,
  matplotlib: true,
  'matplotlib-base': 'matplotlib',
  mlflow: true,
  'mlflow-skinny': true,
  networkx: true,
  nltk: true,
  numba: true,
  numpy: true,
  opencv: 'opencv-python-headless',
  openpyxl: true,
  packaging: true,
  pandas: true,
  pillow: true,
  plotly: true,
  polars: true,
  protobuf: true,
  psutil: true,
  'py-xgboost': 'xgboost',
  pyarrow: true,
  pydantic: true,
  pytest: true,
  'python-dateutil': true,
  pytorch: 'torch',
  'pytorch-cpu': 'torch',
  pytz: true,
  pyyaml: true,
  requests: true,
  'scikit-image': true,
  'scikit-learn': true,
  scipy: true,
  seaborn: true,
  'sentence-transformers': true,
  sentencepiece: true,
  setuptools: true,
  shap: true,
  spacy: true,
  sqlalchemy: true,
  statsmodels: true,
  sympy: true,
  tensorflow: true,
  'tensorflow-cpu': true,
  tokenizers: true,
  torchaudio: true,
  torchvision: true,
  tqdm: true,
  transformers: true,
  'typing-extensions': true,
  typing_extensions: 'typing-extensions',
  wheel: true,
  xgboost: true,
}

/** Packages that are no Python at all: nothing on PyPI stands for them. */
const native = new Set([
  'blas',
  'compilers',
  'cuda',
  'cuda-toolkit',
  'cudatoolkit',
  'cudnn',
  'ffmpeg',
  'gcc',
  'gcc_linux-64',
  'git',
  'gxx_linux-64',
  'libblas',
  'libgcc',
  'libgomp',
  'mkl',
  'nccl',
  'nodejs',
  'openblas',
  'openjdk',
  'openmpi',
  'openssl',
  'pytorch-cuda',
  'r-base',
  'swig',
])

/** The PyPI name of a conda package; undefined = it has none here. */
export function pypiNameOf(condaName: string): string | undefined {
  const name = condaName.toLowerCase()
  if (!Object.hasOwn(onPyPI, name)) return undefined
  const found = onPyPI[name]
  return found === true ? name : found
}

/** Why a conda package without a PyPI name cannot be had. */
export function refusalOf(condaName: string): string {
  return native.has(condaName.toLowerCase())
    ? `The conda package '${condaName}' is native software, which a venv cannot hold.`
    : `The conda package '${condaName}' is not known to be on PyPI under the same name. If it is, list it under 'pip:'.`
}
