#!/bin/sh
# What intake-daily.service does each day, in the checkout's folder. Each act is done whatever became
# of the one before; it ends with 1 when one of them failed, and systemctl --failed shows the unit.
failed=0
backups="${STATE_DIRECTORY:?the folder that systemd makes for the service}/backup"

# Deleted first, so that no new backup holds it.
.venv/bin/intake purge --spool || failed=1
mkdir -p "$backups"
.venv/bin/intake backup "$backups/$(date -u +%Y-%m-%dT%H%M%S)" || failed=1
# A backup of 30 days is refused at restore: what was deleted since must not come back. The proofs
# of what was erased (INTAKE_ERASED_FILE) stay.
find "$backups" -type f ! -name erased -mtime +29 -delete || failed=1
.venv/bin/intake doctor || failed=1

exit $failed
