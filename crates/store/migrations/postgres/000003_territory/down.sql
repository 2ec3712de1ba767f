DROP TABLE service_points;
DROP TABLE grid_posts;
DROP TABLE area_shapes;
DROP TABLE areas;
