//! OCI content by digest: names, manifests, image layouts, archives, registries.
