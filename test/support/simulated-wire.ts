// The fields of wire rows that tests look at. The simulator's own words; the product's schemas are not used here.

export interface BackupWire {
  id: string;
  instance_id: string;
  type: string;
  status: string;
  size: number;
  begin_time: string;
}

export interface InstanceWire {
  id: string;
  name: string;
}
