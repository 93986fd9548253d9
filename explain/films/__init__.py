"""Pictures of derivations as films of one frame or many: what is drawn, as data, and the formats that write it."""
