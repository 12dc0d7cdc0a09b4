"""Run in a bare interpreter: import every module of the bundle named by the first argument; print what came from where."""

import importlib
import json
import pkgutil
import sys
from pathlib import Path

bundle = str(Path(sys.argv[1]).resolve())
sys.path.insert(0, bundle)
stdlib = str(Path(json.__file__).parent.parent)
imported = ["app"]
importlib.import_module("app")
for top in ("chalicelib", "connectors"):
    package = importlib.import_module(top)
    imported.append(top)
    for module in pkgutil.walk_packages(package.__path__, top + "."):
        importlib.import_module(module.name)
        imported.append(module.name)
files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
outside = [file for file in files if file and not file.startswith((bundle, stdlib)) and Path(file) != Path(__file__)]
json.dump({"imported": imported, "outside": outside}, sys.stdout)
