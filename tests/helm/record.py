#!/usr/bin/env python3
"""Records what the real Helm makes of our cases and charts.

    pip install helm-python-sdk==0.2.2      # the Go SDK of Helm 4.2.3
    python3 tests/helm/record.py            # from anywhere; --to DIR writes below another folder

Reads tests/helm/cases/*.txt, each line of which is a template that is put into the chart tests/helm/chart, and writes
tests/helm/recorded/*.json. Reads tests/helm/cases/set.tsv, arguments of --set and its kin. Reads the charts in tests/charts, each of which is rendered with its own values and with
each file of its folder ci/ above them, and writes tests/charts/recorded/CHART/VALUES.json: what each template printed,
and the manifest as it would be installed.
"""
import argparse
import json
import pathlib
import shutil
import tempfile

import helm_python as helm

TOP = pathlib.Path(__file__).resolve().parents[2]
arguments = argparse.ArgumentParser()
arguments.add_argument('--to', type=pathlib.Path, default=TOP)
TARGET = arguments.parse_args().to
NOWHERE = 'apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n'


def render(chart, values):
    try:
        rendered = helm.Chart.load(str(chart)).render(values, name='rel', namespace='ns')
        return {'rendered': rendered}
    except helm.HelmError as error:
        return {'error': str(error)}


def manifest(chart, values):
    config = helm.Config(storage_driver='memory', namespace='ns', kubeconfig_content=NOWHERE)
    try:
        release = config.install(str(chart), 'rel', values, dry_run='client', namespace='ns')
        return {'manifest': release.get('manifest', '')}
    except helm.HelmError as error:
        return {'error': str(error)}


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + '\n')


def cases(folder):
    chart = pathlib.Path(folder) / 'c'
    shutil.copytree(TOP / 'tests/helm/chart', chart)
    case = chart / 'templates/x.yaml'
    case.write_text('{{ toJson .Capabilities }}')
    capabilities = json.loads(render(chart, {})['rendered']['c/templates/x.yaml'])
    write(TARGET / 'tests/helm/recorded/capabilities.json', capabilities)
    for source in sorted((TOP / 'tests/helm/cases').glob('*.txt')):
        recorded = []
        for line in source.read_text().splitlines():
            if not line or line.startswith('#'):
                continue
            case.write_text(line)
            found = render(chart, {})
            if 'rendered' in found:
                recorded.append({'template': line, 'printed': found['rendered']['c/templates/x.yaml']})
            else:
                recorded.append({'template': line, 'error': found['error']})
        write(TARGET / 'tests/helm/recorded' / (source.stem + '.json'), recorded)
        print(source.name, len(recorded), 'cases,', sum('error' in it for it in recorded), 'of them errors')


def sets():
    functions = {'set': 'helm_strvals_parse', 'string': 'helm_strvals_parse_string', 'json': 'helm_strvals_parse_json',
                 'literal': 'helm_strvals_parse_literal'}
    recorded = []
    for line in (TOP / 'tests/helm/cases/set.tsv').read_text().splitlines():
        how, text = line.split('\t', 1)
        try:
            found = {'values': json.loads(helm._native.call_string(functions[how], text))}
        except helm.HelmError as error:
            found = {'error': str(error)}
        recorded.append({'how': how, 'text': text, **found})
    write(TARGET / 'tests/helm/recorded/set.json', recorded)
    print('set.tsv', len(recorded), 'cases')


def charts():
    for main in sorted((TOP / 'tests/charts').glob('*/Chart.yaml')):
        chart = main.parent
        files = [None] + sorted((chart / 'ci').glob('*.yaml'))
        for file in files:
            values = {} if file is None else helm.values_from_yaml(file.read_text())
            found = {**render(chart, values), 'install': manifest(chart, values)}
            name = 'default' if file is None else file.stem
            write(TARGET / 'tests/charts/recorded' / chart.name / (name + '.json'), found)
            print(chart.name, name, 'error' if 'error' in found else len(found['rendered']))


with tempfile.TemporaryDirectory() as folder:
    cases(folder)
sets()
charts()
