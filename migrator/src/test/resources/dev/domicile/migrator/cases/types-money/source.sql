INSERT INTO item VALUES
  (1, 'tenant-a', '12.34'),
  (3, 'tenant-a', '-92233720368547758.08'),
  (5, 'tenant-a', '92233720368547758.07'),
  (7, 'tenant-a', 0),
  (1001, 'tenant-a', NULL),
  (1003, 'tenant-b', '12.34');
