"""What those who publish and handle events need to know."""
