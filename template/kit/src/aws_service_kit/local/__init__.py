"""Run the service on a laptop: in an emulator, without an AWS account."""

# The file in the assembly that lists unsupported resources.
LEFT_OUT = "left-out.json"
