//! The systemd unit and the Kubernetes example.
