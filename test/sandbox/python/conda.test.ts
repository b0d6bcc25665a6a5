import { describe, expect, test } from '@jest/globals'
import { checkedRequirement, needsOfConda } from '../../../src/sandbox/python/conda.ts'
import { meets, pinnedMinor } from '../../../src/sandbox/python/version.ts'

describe('a conda file', () => {
  test('gives its Python, its pip part, and what PyPI has of its packages', () => {
    const needs = needsOfConda(`
name: score
channels: [conda-forge]
dependencies:
  - python=3.10
  - pip=23.0
  - conda-forge::numpy=1.22.3
  - scikit-learn>=1.1,<1.3
  - pytorch==2.0
  - pandas 1.5.*
  - pip:
      - azureml-inference-server-http
      - --extra-index-url https://packages.invalid/simple
      - joblib==1.0.1
`)
    expect(needs.python).toBe('=3.10')
    expect(needs.requirements).toEqual([
      'numpy==1.22.3.*',
      'scikit-learn>=1.1,<1.3',
      'torch==2.0',
      'pandas==1.5.*',
      'azureml-inference-server-http',
      '--extra-index-url https://packages.invalid/simple',
      'joblib==1.0.1',
    ])
    expect(needs.remarks.join('\n')).toContain("'pip=23.0': the venv's own pip is used.")
    expect(needs.remarks.join('\n')).toContain("installed from PyPI as 'torch==2.0'")
  })

  test('is read as the workspace keeps it, too: as JSON', () => {
    const text = JSON.stringify({ dependencies: ['python=3.11', { pip: ['flask'] }] }, null, 2)
    expect(needsOfConda(text)).toMatchObject({ python: '=3.11', requirements: ['flask'] })
  })

  test.each(['', 'name: empty', 'dependencies:'])('%j asks for nothing', (text) => {
    expect(needsOfConda(text)).toEqual({ python: '', requirements: [], remarks: [] })
  })

  test.each([
    ['dependencies: [cudatoolkit=11.3]', "'cudatoolkit' is native software"],
    ['dependencies: [jobtools]', "'jobtools' is not known to be on PyPI"],
    ['dependencies: [constructor]', "'constructor' is not known to be on PyPI"],
    ['dependencies: ["numpy=1.19|1.20"]', 'alternatives'],
    ['dependencies: numpy', 'is not a list'],
    ['dependencies: [{ npm: [left] }]', 'neither a package nor a pip part'],
    ['[1, 2]', 'no mapping'],
    ['a: [', 'no YAML'],
    ['dependencies: [{ pip: ["-r requirements.txt"] }]', 'names a file beside'],
    ['dependencies: [{ pip: ["./wheels/a.whl"] }]', 'is a path'],
    ['dependencies: [{ pip: ["a @ file:///a.whl"] }]', 'is a path'],
  ])('%s is refused: %s', (text, why) => {
    expect(() => needsOfConda(text)).toThrow(why)
  })

  test('a requirement with a line break in it cannot smuggle in another', () => {
    expect(() => checkedRequirement('flask\n-r /etc/passwd')).toThrow('line break')
  })
})

describe('a condition on the version of Python', () => {
  test.each([
    ['', true],
    ['=3.11', true],
    ['=3', true],
    ['=3.11.*', true],
    ['==3.11.2', true],
    ['3.11', true],
    ['>=3.9,<3.12', true],
    ['>=3.11.7', true],
    ['~=3.11', true],
    ['=3.8', false],
    ['=3.1', false],
    ['<3.11', false],
    ['>=3.12', false],
    ['!=3.11', false],
  ])('3.11.7 and %j: %j', (conditions, expected) => {
    expect(meets([3, 11, 7], conditions)).toBe(expected)
  })

  test.each([
    ['=3.10', '3.10'],
    ['==3.8.5', '3.8'],
    ['3.9', '3.9'],
    ['>=3.9,<3.12', undefined],
    ['', undefined],
  ])('%j pins %j', (conditions, minor) => {
    expect(pinnedMinor(conditions)).toBe(minor)
  })
})
