"""facelab: every face in a picture, with its apparent expression, gender and age."""
