export default function Landing() {
  return <h1>Todo</h1>;
}
