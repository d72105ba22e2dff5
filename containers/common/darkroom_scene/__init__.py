"""What the stages of a scene share: storage, manifests, keys, leases, checkpoints, progress and signals."""
