"""The service as it runs on a laptop: in an emulator, without an AWS account."""

# In the assembly: what was left out, for whoever tells people.
LEFT_OUT = "left-out.json"
