"""What tests share: made-up data, fakes of the ports, machines."""
